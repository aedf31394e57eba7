"""What the metrics comment says of the base: which it is, and on which images it is compared."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.base.reported import ReportedLock, StageReason
from ml_ci.changes.result import Changes
from ml_ci.report.rendering import render
from ml_ci.report.schema import Subset, SubsetSplit
from tests.builders.changes import changes, partly_shared
from tests.builders.reports import BASE, COMMIT, report

PART = Subset(
    folder="public", splits=(SubsetSplit(split="train", images=2, whole=9),), trained=True
)


def comment(section: Changes | None = None, *, rows: int = 20, **changed: Any) -> str:
    content = report(changes=section or changes(), **changed)
    return render("metrics.md.j2", content, rows=rows)


def test_comment__names_base_and_how_far_behind() -> None:
    base = BASE.model_copy(update={"behind": 3})

    expected = (
        "- Base: fedcba9876, where it left main; **3 commits behind main**. Its numbers: committed "
        "there; its dvc.lock matches its own files."
    )
    assert expected in comment(base=base)


@pytest.mark.parametrize("template", ["metrics.md.j2", "parity.md.j2"])
def test_comment__says_that_the_base_was_asked_for_in_vain(template: str) -> None:
    note = "ML_CI_BASE is gone, which this clone does not know"
    base = BASE.model_copy(update={"chosen": f"where it left main ({note})", "note": note})

    text = render(template, report(base=base))

    shown = "where it left main (ML_CI_BASE is gone, which this clone does not know)"
    assert "look first: another base than the one asked for" in text.splitlines()[0]
    assert 2 == text.count(shown)


@pytest.mark.parametrize("template", ["metrics.md.j2", "parity.md.j2"])
def test_comment__says_why_there_is_no_base(template: str) -> None:
    shallow = "this clone is too shallow: fetch with history"
    base = BASE.model_copy(
        update={"commit": None, "branch": None, "source": "missing", "chosen": shallow}
    )

    text = render(template, report(base=base))

    assert "look first: nothing to compare with" in text.splitlines()[0]
    assert f"- **There is nothing to compare with:** {shallow}." in text


REASONS = (
    StageReason(stage="train", reason="`network.py` changed"),
    StageReason(stage="evaluate", reason="`trained` changed"),
)


def test_comment__folds_the_reasons_of_a_stale_base() -> None:
    base = BASE.model_copy(update={"source": "measured", "stale": REASONS})

    text = comment(base=base)

    assert (
        "<details><summary>Stages whose entry in the base's dvc.lock is stale, or may be (2)"
        "</summary>\n\n| stage | why |\n|---|---|\n| train | `network.py` changed |\n" in text
    )


def test_comment__folds_the_reasons_of_a_stale_lock() -> None:
    lock = ReportedLock(
        commit=COMMIT, outcome="stale", stale=REASONS[:1], unchecked=REASONS[1:], sentence="it is"
    )

    text = comment(lock=lock)

    assert "Stages whose entry in dvc.lock is stale, or may be (2)" in text
    assert "| evaluate | `trained` changed |" in text


def test_comment__of_a_base_whose_numbers_are_used_is_silent_about_other_stages() -> None:
    assert "is stale" not in comment(base=BASE.model_copy(update={"stale": REASONS}))


def test_comment__of_a_public_subset_holds_nothing_against_the_base() -> None:
    text = comment(changes(paired=None, flips=(), classes=()), subset=PART, dirty=True)

    lines = text.splitlines()
    expected = "## ⚠️ Accuracy 98.0% on 100 test images; **look first: measured on a public subset**"
    assert expected == lines[0]
    assert [True] * 3 == [
        words in text
        for words in (
            "own files; they are not held against a network that was trained on a subset.",
            "at commit 0123456789, with the public subset in the place of its data.",
            "| split of the public subset | images | classes |",
        )
    ]


def test_table__of_partly_shared_images_says_on_which_each_number_is() -> None:
    lines = comment(partly_shared()).splitlines()

    assert (
        "| metric | now, all 100 images | now, the 10 that both have | base, the 10 that both have "
        "| change on these |" in lines
    )
    accuracy = next(line for line in lines if line.startswith("| accuracy |"))
    assert ["0.9800", "0.8000", "1.0000", "−0.2000"] == [
        cell.split()[0] for cell in accuracy.strip("| ").split(" | ")[1:]
    ]


def test_table__says_over_which_classes_macro_f1_is_compared() -> None:
    assert "| macro F1 (compared over the 1 of 2 classes that have images there) | " in comment(
        partly_shared()
    )


def test_table__without_a_base_has_no_column_for_it() -> None:
    metrics = tuple(one.model_copy(update={"compared": None}) for one in changes().metrics)

    assert "| metric | now |" in comment(changes(metrics=metrics, paired=None)).splitlines()


def test_table__of_the_same_images_has_one_column_a_side() -> None:
    assert "| metric | now | base | change |" in comment()
