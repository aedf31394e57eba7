"""Pairing: which images count, and what the test says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ml_ci.changes.pairing import Side, class_changes, paired, pairs_of
from tests.builders.changes import answered, entry, prediction, side

CAT = prediction("cat/1.png", "cat")


@pytest.mark.parametrize(
    ("counts", "verdict", "sentence"),
    [
        pytest.param(
            {"fixed": 2, "broken": 1},
            "same",
            "2 of 100 test images fixed, 1 broken: no more than chance (p = 1.0)",
            id="chance",
        ),
        pytest.param(
            {"fixed": 9},
            "better",
            "9 of 106 test images fixed, 0 broken: better, by more than chance (p = 0.0039)",
            id="better",
        ),
        pytest.param(
            {"broken": 20},
            "worse",
            "0 of 117 test images fixed, 20 broken: worse, by more than chance (p < 0.0001)",
            id="worse",
        ),
        pytest.param(
            {"other": 3},
            "same",
            "none of the 100 test images that both have was fixed or broken",
            id="other",
        ),
    ],
)
def test_paired__says_in_words_what_is_chance(
    counts: dict[str, int], verdict: str, sentence: str
) -> None:
    before, after = answered(97, **counts)

    test = paired(pairs_of(before, after), before, after)

    assert (verdict, sentence) == (test.verdict, test.sentence)


def test_paired__counts_each_kind() -> None:
    before, after = answered(5, fixed=4, broken=3, other=2)

    test = paired(pairs_of(before, after), before, after)

    assert (14, 4, 3, 2) == (test.images, test.fixed, test.broken, test.other)


def test_paired__without_a_common_image_is_unknown() -> None:
    before, after = side(CAT), side(prediction("cat/2.png", "cat"))

    test = paired(pairs_of(before, after), before, after)

    assert ("unknown", 0, 1, 1) == (test.verdict, test.images, test.only_now, test.only_base)


@pytest.mark.parametrize(
    "after",
    [
        pytest.param(
            Side(predictions=(CAT,), manifest=(entry("test/cat/1.png", "cat", "other"),)),
            id="other-content",
        ),
        pytest.param(
            replace(side(CAT), predictions=(prediction("cat/1.png", "dog"),)), id="other-label"
        ),
        pytest.param(replace(side(CAT), manifest=()), id="not-in-the-manifest"),
        pytest.param(
            Side(predictions=(CAT,), manifest=(entry("train/cat/1.png", "cat"),)), id="other-split"
        ),
    ],
)
def test_pairs__need_the_same_content_and_label(after: Side) -> None:
    assert () == pairs_of(side(CAT), after)


def named(*names: str, content: str = "cat/1.png") -> Side:
    """The same picture under each of these names, answered right by all but the last."""
    rows = [prediction(name, "cat") for name in names[:-1]] + [prediction(names[-1], "cat", "dog")]
    manifest = tuple(entry(f"test/{name}", "cat", f"test/{content}") for name in names)
    return Side(predictions=rows, manifest=manifest)


def test_pairs__do_not_mind_another_name() -> None:
    (pair,) = pairs_of(side(CAT), named("cat/renamed.png"))

    assert ("cat/1.png", "cat/renamed.png", "broken") == (
        pair.before.image,
        pair.after.image,
        pair.kind,
    )


def test_pairs__of_two_names_that_were_swapped_are_by_content() -> None:
    before, after = side(CAT, prediction("cat/2.png", "cat")), side(CAT)
    swapped = replace(after, manifest=(entry("test/cat/1.png", "cat", "test/cat/2.png"),))

    (pair,) = pairs_of(before, swapped)

    assert "cat/2.png" == pair.before.image


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        pytest.param(("a", "b"), ("c",), [("a", "c")], id="one-is-gone"),
        pytest.param(("a",), ("b", "c"), [("a", "b")], id="one-came"),
        pytest.param(("a", "b"), ("c", "b"), [("b", "b"), ("a", "c")], id="one-renamed"),
        pytest.param(("a", "b"), ("b", "a"), [("b", "b"), ("a", "a")], id="the-same"),
    ],
)
def test_pairs__of_a_picture_that_is_there_twice(
    before: tuple[str, ...], after: tuple[str, ...], pairs: list[tuple[str, str]]
) -> None:
    found = pairs_of(named(*before), named(*after))

    assert pairs == [(pair.before.image, pair.after.image) for pair in found]


def test_class_changes__are_those_whose_recall_changed() -> None:
    before = side(prediction("1", "cat"), prediction("2", "cat"), prediction("3", "dog", "cat"))
    after = side(prediction("1", "cat"), prediction("2", "cat", "dog"), prediction("3", "dog"))

    found = class_changes(pairs_of(before, after))

    assert [("dog", 1, 0.0, 1.0), ("cat", 2, 1.0, 0.5)] == [
        (one.name, one.images, one.base, one.value) for one in found
    ]
