"""Golden images that came, went or changed, and what allows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ml_ci.data.manifest import Entry
from ml_ci.golden.images import compare_images
from ml_ci.params.golden import GoldenSettings
from tests.builders.golden import COMMIT, base, golden_entries

BEFORE = golden_entries(a="one cat", b="two dog")


def settings(*names: str) -> GoldenSettings:
    return GoldenSettings(allowed_removals=list(names))


@pytest.mark.parametrize(
    ("after", "kind", "note"),
    [
        pytest.param(golden_entries(b="two dog"), "removed", "", id="removed"),
        pytest.param(golden_entries(a="new cat", b="two dog"), "replaced", "", id="content"),
        pytest.param(
            golden_entries(a="one dog", b="two dog"), "relabelled", "cat → dog", id="label"
        ),
        pytest.param(
            golden_entries(c="one dog", b="two dog"), "removed", "", id="renamed-and-relabelled"
        ),
    ],
)
def test_compare__denies_what_is_not_as_it_was(
    after: Sequence[Entry], kind: str, note: str
) -> None:
    found = compare_images(after, base(BEFORE), settings())

    (change,) = found.changes
    assert (kind, "a.png", note, False) == (change.kind, change.image, change.note, change.allowed)


def test_compare__counts_and_allows_what_is_listed() -> None:
    found = compare_images(
        golden_entries(b="new dog", c="three cat"), base(BEFORE), settings("a.png")
    )

    told = [(change.image, change.kind, change.allowed) for change in found.changes]
    assert [("b.png", "replaced", False), ("a.png", "removed", True)] == told
    assert (1, ("c.png",), 2, 1) == (found.added, found.added_names, found.changed, found.denied)


def test_compare__a_new_name_for_the_same_image_needs_no_permission() -> None:
    found = compare_images(golden_entries(c="one cat", b="two dog"), base(BEFORE), settings())

    (change,) = found.changes
    assert ("renamed", "c.png", True, 0) == (change.kind, change.note, change.allowed, found.added)


@pytest.mark.parametrize(
    ("after", "changes", "added"),
    [
        pytest.param(
            golden_entries(a="two dog", b="one cat"),
            [("a.png", "renamed", "b.png"), ("b.png", "renamed", "a.png")],
            (),
            id="swapped",
        ),
        pytest.param(
            golden_entries(b="one cat", c="two dog"),
            [("a.png", "renamed", "b.png"), ("b.png", "renamed", "c.png")],
            (),
            id="moved-up",
        ),
        pytest.param(
            golden_entries(a="new cat", c="one cat", b="two dog"),
            [("a.png", "renamed", "c.png")],
            ("a.png",),
            id="another-under-the-old-name",
        ),
        pytest.param(
            golden_entries(A="one cat", b="two dog"),
            [("a.png", "renamed", "A.png")],
            (),
            id="capital",
        ),
    ],
)
def test_compare__nothing_is_gone_that_goes_by_another_name(
    after: Sequence[Entry], changes: list[tuple[str, str, str]], added: tuple[str, ...]
) -> None:
    found = compare_images(after, base(BEFORE), settings())

    told = [(change.image, change.kind, change.note) for change in found.changes]
    assert (changes, added, 0) == (told, found.added_names, found.denied)


def test_compare__of_two_alike_one_is_gone_though_the_other_was_renamed() -> None:
    before = golden_entries(a="one cat", b="one cat")

    found = compare_images(golden_entries(c="one cat"), base(before), settings())

    told = [(change.image, change.kind, change.allowed) for change in found.changes]
    assert [("b.png", "removed", False), ("a.png", "renamed", True)] == told


def test_compare__an_image_whose_name_another_took_is_gone() -> None:
    found = compare_images(golden_entries(b="one cat"), base(BEFORE), settings())

    told = [(change.image, change.kind, change.allowed) for change in found.changes]
    assert [("b.png", "replaced", False), ("a.png", "renamed", True)] == told


def test_compare__a_permission_is_for_the_name_as_it_is_written() -> None:
    assert 1 == compare_images(golden_entries(b="two dog"), base(BEFORE), settings("A.png")).denied


def test_compare__another_witness_is_no_change() -> None:
    after = [BEFORE[0], *(Entry(**{**vars(e), "witnesses": ("grey",)}) for e in BEFORE[1:])]

    assert 0 == compare_images(after, base(BEFORE), settings()).changed


@pytest.mark.parametrize(
    ("listed", "listed_in_base", "denied"),
    [
        pytest.param(["a.png"], {}, 0, id="new"),
        pytest.param(["a.png"], {"golden": {"allowed_removals": ["a.png"]}}, 1, id="used-up"),
        pytest.param(
            ["a.png", "a.png"], {"golden": {"allowed_removals": ["a.png"]}}, 0, id="listed-again"
        ),
        pytest.param(["a.png"], {"golden": ["odd"]}, 0, id="base-of-another-kind"),
        pytest.param(["b.png"], {}, 1, id="another-image"),
    ],
)
def test_compare__a_permission_serves_one_change(
    listed: list[str], listed_in_base: dict[str, Any], denied: int
) -> None:
    after = golden_entries(b="two dog")

    assert denied == compare_images(after, base(BEFORE, listed_in_base), settings(*listed)).denied


def test_compare__gives_the_line_to_write() -> None:
    odd = (*BEFORE, Entry(path='golden/a "b", c.png', sha256="1" * 64, label="cat", witnesses=()))

    line = compare_images(golden_entries(b="two dog"), base(odd), settings("b.png")).line

    assert 'golden: {allowed_removals: [b.png, "a \\"b\\", c.png", a.png]}' == line


def test_compare__gives_a_line_that_is_whole_however_many_there_are() -> None:
    many = golden_entries(**{f"image{number:04}": "one cat" for number in range(500)})

    found = compare_images((), base(many), settings())

    assert (500, 200, True) == (found.denied, len(found.changes), found.line.endswith(".png]}"))


def test_compare__without_a_base_says_so() -> None:
    assert None is compare_images(BEFORE, None, settings()).commit
    assert None is compare_images(BEFORE, base(()), settings()).commit
    assert COMMIT == compare_images(BEFORE, base(BEFORE), settings()).commit
