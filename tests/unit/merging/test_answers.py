"""The golden answers of two branches, merged image by image."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import GoldenSnapshot, save_golden
from ml_ci.errors import UserError
from ml_ci.merging.answers import Whose, unite_answers
from ml_ci.merging.conflict import Conflict
from ml_ci.repository import CommitFiles, Repository
from tests.builders.golden import NEW, answers, commit_all, golden_set, put_manifest

IMAGES = {"a": "A cat", "b": "B cat"}
BASE = answers(a=0.9, b=0.9)


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def side(given: GoldenSnapshot | None, **images: str) -> CommitFiles:
    """A commit with these answers to these images."""
    paths.GOLDEN_JSON.unlink(missing_ok=True)
    if given is not None:
        save_golden(given)
    put_manifest(**(images or IMAGES))
    return Repository().files_of(commit_all())


def conflict(
    ours: CommitFiles, theirs: CommitFiles, base: GoldenSnapshot | None = BASE
) -> Conflict:
    return Conflict(kind="merge", ours=ours, theirs=theirs, base=side(base), unmerged=())


def united(
    ours: GoldenSnapshot | None,
    theirs: GoldenSnapshot | None,
    base: GoldenSnapshot | None = BASE,
    whose: Whose | None = None,
) -> GoldenSnapshot | None:
    """With dvc.lock taken from theirs."""
    found = conflict(side(ours), side(theirs), base)
    return unite_answers(found, found.theirs, golden_set(**IMAGES), whose)


@pytest.mark.parametrize(
    ("ours", "theirs", "merged"),
    [
        pytest.param(answers(a=0.1, b=0.9), BASE, answers(a=0.1, b=0.9), id="ours"),
        pytest.param(BASE, answers(a=0.9, b=0.1), answers(a=0.9, b=0.1), id="theirs"),
        pytest.param(
            answers(a=0.1, b=0.9), answers(a=0.9, b=0.2), answers(a=0.1, b=0.2), id="each-another"
        ),
        pytest.param(
            answers(a=0.1, b=0.9), answers(a=0.1, b=0.2), answers(a=0.1, b=0.2), id="alike"
        ),
        pytest.param(
            answers(a=0.1, b=0.9),
            answers(a=0.1000012, b=0.9),
            answers(a=0.1000012, b=0.9),
            id="alike-but-for-the-last-digits",
        ),
        pytest.param(
            answers(a=0.9000008, b=0.9), answers(a=0.1, b=0.9), answers(a=0.1, b=0.9), id="digits"
        ),
        pytest.param(answers(a=0.1), BASE, answers(a=0.1, b=0.9), id="one-deleted"),
        pytest.param(None, answers(a=0.1, b=0.9), answers(a=0.1, b=0.9), id="no-answers-in-ours"),
        pytest.param(answers(a=0.1, b=0.9), None, answers(a=0.1, b=0.9), id="none-in-theirs"),
        pytest.param(
            answers(NEW, a=0.1, b=0.9), BASE, BASE, id="other-weights-than-those-that-are-kept"
        ),
        pytest.param(None, None, None, id="no-answers-at-all"),
    ],
)
def test_unite__keeps_what_either_branch_accepted_of_the_weights_that_are_kept(
    ours: GoldenSnapshot | None, theirs: GoldenSnapshot | None, merged: GoldenSnapshot | None
) -> None:
    found = united(ours, theirs)

    document = None if merged is None else merged.document()
    assert document == (None if found is None else found.document())


@pytest.mark.parametrize(
    "base", [BASE, answers(NEW, a=0.1, b=0.9), None], ids=["another", "other-weights", "none"]
)
def test_unite__names_what_both_accepted_otherwise(base: GoldenSnapshot | None) -> None:
    found = conflict(side(answers(a=0.1, b=0.9)), side(answers(a=0.2, b=0.9)), base)

    with pytest.raises(UserError) as caught:
        unite_answers(found, found.theirs, golden_set(**IMAGES), None)

    what = (
        "both branches accepted golden answers, each others, of: "
        "a (dog 0.900 in ours, dog 0.800 in theirs)"
    )
    fix = (
        "say which are meant: `ml-ci resolve --answers ours` for those of "
        f"{found.ours.commit[:12]}, `--answers theirs` for those of {found.theirs.commit[:12]}; "
        "what the merged code answers is then held against them, and where it is neither, "
        "`ml-ci golden accept` accepts it"
    )
    assert (what, "metrics/golden.json", fix) == (
        caught.value.what,
        caught.value.where,
        caught.value.fix,
    )


@pytest.mark.parametrize(("whose", "cat"), [("ours", 0.1), ("theirs", 0.2)])
def test_unite__takes_those_that_are_meant_where_both_accepted_one(
    whose: Whose, cat: float
) -> None:
    ours, theirs = answers(a=0.1, b=0.3), answers(a=0.2, b=0.9)

    assert answers(a=cat, b=0.3) == united(ours, theirs, whose=whose)


def test_unite__knows_an_image_by_its_content() -> None:
    """Ours renamed an image, theirs accepted another answer to it and added one."""
    ours = side(answers(c=0.9, b=0.2), c="A cat", b="B cat")
    theirs = side(answers(a=0.1, b=0.9, d=0.7), **IMAGES, d="D cat")
    found = conflict(ours, theirs)
    today = golden_set(c="A cat", b="B cat", d="D cat")

    assert answers(b=0.2, c=0.1, d=0.7) == unite_answers(found, found.theirs, today, None)


def test_unite__drops_the_answers_to_what_is_gone() -> None:
    found = conflict(side(answers(b=0.9), b="B cat"), side(answers(a=0.1, b=0.9)))

    assert answers(b=0.9) == unite_answers(found, found.theirs, golden_set(b="B cat"), None)


def test_unite__takes_the_digits_of_the_branch_whose_weights_are_kept() -> None:
    found = conflict(side(answers(a=0.1, b=0.9)), side(answers(a=0.1000012, b=0.9)))

    united = unite_answers(found, found.ours, golden_set(**IMAGES), None)

    assert answers(a=0.1, b=0.9) == united
