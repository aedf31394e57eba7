"""The metrics comment: better, worse or the same; may it be merged; bounded whatever is in it."""

from __future__ import annotations

from typing import Any

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

from ml_ci.artifacts.evaluation import ClassMetrics
from ml_ci.artifacts.paired import LISTED
from ml_ci.base.reported import ReportedLock, StageReason
from ml_ci.changes.result import (
    Changes,
    CommittedNumbers,
    Confusion,
    DataChange,
    ParamChange,
)
from ml_ci.report.rendering import render
from ml_ci.report.schema import Report, Subset, SubsetSplit
from tests.builders.changes import answered, changes, prediction, side
from tests.builders.reports import BASE, COMMIT, evaluation, report

PART = Subset(
    folder="public", splits=(SubsetSplit(split="train", images=2, whole=9),), trained=True
)
HOSTILE = "<b>|@all ![x](http://x.y) `c` #12 ::error::"


def comment(section: Changes | None = None, *, rows: int = 20, **changed: Any) -> str:
    content = report(changes=section or changes(), **changed)
    return render("metrics.md.j2", content, rows=rows)


def first_line(section: Changes | None) -> str:
    return render("metrics.md.j2", report(changes=section)).splitlines()[0]


@pytest.mark.parametrize(
    ("section", "mark", "said"),
    [
        pytest.param(changes(), "✅", ", +1.0 points: no more than chance", id="same"),
        pytest.param(
            changes(*answered(91, fixed=9)),
            "✅",
            ", +9.0 points: **better** than the base, by more than chance",
            id="better",
        ),
        pytest.param(
            changes(*answered(91, broken=9)),
            "❌",
            ", −9.0 points: **worse** than the base, by more than chance; "
            "**the gate is closed: accuracy against the base**",
            id="worse",
        ),
        pytest.param(
            changes(*answered(91, broken=9), expected=True),
            "⚠️",
            ", −9.0 points: **worse** than the base, by more than chance (trained again from the "
            "same inputs); **look first: worse than the base**",
            id="other-processor",
        ),
        pytest.param(changes(*answered(10)), "✅", ", as in the base", id="nothing"),
        pytest.param(
            changes(paired=None, flips=()),
            "⚠️",
            "; **look first: the base has no numbers**",
            id="no-base",
        ),
        pytest.param(None, "✅", "", id="no-section"),
    ],
)
def test_first_line__says_better_worse_or_the_same(
    section: Changes | None, mark: str, said: str
) -> None:
    assert f"## {mark} Accuracy 98.0% on 100 test images{said}" == first_line(section)


def test_first_line__of_a_closed_gate_says_that_there_is_nothing_to_compare_with() -> None:
    content = report(changes=changes(paired=None, flips=()), evaluation=evaluation(accuracy=0.8))

    line = render("metrics.md.j2", content).splitlines()[0]

    expected = "test images, nothing to compare it with; **the gate is closed: accuracy**"
    assert line.endswith(expected)


@pytest.mark.parametrize("template", ["metrics.md.j2", "parity.md.j2"])
def test_first_line__of_a_subset_that_misses_a_threshold_does_not_blame_the_model(
    template: str,
) -> None:
    content = report(
        changes=changes(paired=None, flips=()),
        subset=PART,
        evaluation=evaluation(accuracy=0.8, macro_f1=0.7),
    )

    line = render(template, content).splitlines()[0]

    closed = "accuracy unknown on a public subset, macro F1 unknown on a public subset"
    assert ("## ⚠️", True) == (line[:5], f"he gate is closed: {closed}**" in line)


@pytest.mark.parametrize(
    ("broken", "points"),
    [
        pytest.param(90, "−0.1", id="a-tenth-of-a-point"),
        pytest.param(20, "−0.020", id="less-than-a-first-line-has-digits-for"),
    ],
)
def test_first_line__of_a_loss_that_may_be_does_not_raise_an_alarm(
    broken: int, points: str
) -> None:
    section = changes()
    assert section.paired is not None
    test = section.paired.model_copy(
        update={"images": 100_000, "fixed": 0, "broken": broken, "verdict": "worse"}
    )
    metrics = tuple(
        one.model_copy(
            update={"compared": one.compared.model_copy(update={"change": -broken / 100_000})}
        )
        for one in section.metrics
        if one.compared is not None
    )

    line = first_line(section.model_copy(update={"paired": test, "metrics": metrics}))

    expected = (
        f"## ✅ Accuracy 98.0% on 100 test images, {points} points: **worse** than the base, "
        "by no more than `gate.smallest_loss` lets go"
    )
    assert expected == line


def test_first_line__says_what_closed_the_gate() -> None:
    line = render(
        "metrics.md.j2", report(changes=changes(), evaluation=evaluation(accuracy=0.5))
    ).splitlines()[0]

    assert line.endswith(
        "no more than chance; **the gate is closed: accuracy, trained beats untrained**"
    )


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({}, "**Nothing here speaks against merging:**", id="open"),
        pytest.param(
            {"evaluation": evaluation(accuracy=0.5)}, "**Do not merge yet.** What to do:", id="shut"
        ),
    ],
)
def test_comment__says_whether_to_merge_before_anything_else(
    changed: dict[str, Any], said: str
) -> None:
    assert comment(**changed).splitlines()[2].startswith(said)


def test_comment__has_value_base_and_change_with_their_intervals() -> None:
    row = next(line for line in comment().splitlines() if line.startswith("| accuracy |"))

    assert (3, "+0.0100 (") == (row.count("…"), row.split("| ")[4][:9])


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        pytest.param("differs", True, id="differs"),
        pytest.param("missing", True, id="missing"),
        pytest.param("noise", False, id="noise"),
        pytest.param("same", False, id="same"),
    ],
)
def test_comment__says_how_to_refresh_committed_numbers_that_differ(
    state: Any, shown: bool
) -> None:
    numbers = CommittedNumbers(commit=COMMIT, state=state, sentence="1 of 9 answers")
    text = comment(changes(committed=numbers))

    assert (shown, shown) == ("1 of 9 answers" in text, "`ml-ci accept --run ID`" in text)


def test_comment__says_that_a_commit_has_no_numbers() -> None:
    numbers = CommittedNumbers(commit=COMMIT, state="missing", sentence="there is no file")

    expected = "- **0123456789 has no numbers in `metrics/` that can be used:** there is no file."
    assert expected in comment(changes(committed=numbers))


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


def test_comment__lists_settings_and_images_that_changed() -> None:
    param = ParamChange(key="train.epochs", before="3", after=None)
    data = DataChange(
        split="test",
        label="cat",
        kind="relabelled",
        note="dog",
        images=7,
        names=tuple(f"{n}.png" for n in range(7)),
    )
    text = comment(changes(params=(param,), params_changed=1, data=(data,), data_changed=7))

    assert "| train.epochs | 3 | – |" in text
    assert (
        "| test | cat | relabelled, was dog | 7 | "
        "0.png, 1.png, 2.png, 3.png, 4.png and 2 more |" in text
    )


def test_comment__of_many_classes_lists_confusions_instead_of_a_matrix() -> None:
    classes = tuple(
        ClassMetrics(name=f"class {n}", precision=1, recall=1, f1=n / 30, support=1)
        for n in range(30)
    )
    found = Confusion(label="class 1", predicted="class 2", images=4, base=1)

    text = comment(
        changes(confusions=(found,), confusions_found=1),
        evaluation=evaluation(classes=classes).model_copy(update={"confusion": ((0,) * 30,) * 30}),
    )

    assert "Confusion matrix" not in text
    assert "| class 1 | class 2 | 4 | 1 |" in text


def test_comment__of_many_classes_lists_the_weakest() -> None:
    classes = tuple(
        ClassMetrics(name=f"class {n}", precision=1, recall=1, f1=1 - n / 30, support=1)
        for n in range(30)
    )

    text = comment(rows=2, evaluation=evaluation(classes=classes))

    assert ["| class 29 |", "| class 28 |"] == [
        line[:12] for line in text.splitlines() if line.startswith("| class 2")
    ]


def everything(name: str) -> Report:
    """Every list full, every name ``name``."""
    score = ClassMetrics(name=name, precision=1, recall=1, f1=1, support=1)
    section = changes(*answered(0, fixed=LISTED, broken=LISTED))
    section = section.model_copy(
        update={
            "flips": tuple(
                flip.model_copy(update=dict.fromkeys(("image", "label", "before", "after"), name))
                for flip in section.flips
            ),
            "classes": (section.classes or changes(*answered(1, fixed=1)).classes) * LISTED,
            "confusions": (Confusion(label=name, predicted=name, images=1, base=None),) * LISTED,
            "params": (ParamChange(key=name, before=name, after=name),) * LISTED,
            "data": (
                DataChange(
                    split=name,
                    label=name,
                    kind="relabelled",
                    note=name,
                    images=99,
                    names=(name,) * 20,
                ),
            )
            * LISTED,
        }
    )
    return report(changes=section, evaluation=evaluation(classes=(score,) * 2))


def test_comment__of_a_section_that_does_not_add_up_is_made_all_the_same() -> None:
    """A pull request may hand over any section that the models accept."""
    section = changes().model_copy(update={"paired": None, "metrics": ()})
    whole = evaluation().model_copy(update={"confusion": ((1,),) * 9})

    assert comment(section, evaluation=whole).startswith("## ⚠️ Accuracy 98.0%")


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_comment__shrinks_with_its_rows(rows: int) -> None:
    content = everything("x" * 500)

    assert len(render("metrics.md.j2", content, rows=rows)) < len(
        render("metrics.md.j2", content, rows=rows + 5)
    )


def test_comment__without_rows_is_far_below_what_github_takes() -> None:
    assert len(render("metrics.md.j2", everything("ü" * 500), rows=0).encode()) < 30_000


def test_comment__as_github_renders_it_has_nothing_of_data_but_words() -> None:
    html = cmarkgfm.github_flavored_markdown_to_html(
        render("metrics.md.j2", everything(HOSTILE)), options=Options.CMARK_OPT_UNSAFE
    )

    assert [] == [tag for tag in ("<b>", "<img", "<a ", "@all", "::error", "#12") if tag in html]


def test_comment__as_github_renders_it_has_a_drawing_and_no_broken_table() -> None:
    html = cmarkgfm.github_flavored_markdown_to_html(comment(), options=Options.CMARK_OPT_UNSAFE)

    assert ('<pre lang="mermaid">' in html, "<p>|" in html, "| ---" in html) == (True, False, False)


def partly() -> Changes:
    """Ten of the test images are shared; the base has five others, now has ninety."""
    before, after = answered(8, broken=2)
    gone = [prediction(f"gone/{n}.png", "dog") for n in range(5)]
    new = [prediction(f"new/{n}.png", "eel") for n in range(90)]
    return changes(side(*before.predictions, *gone), side(*after.predictions, *new))


def test_table__of_partly_shared_images_says_on_which_each_number_is() -> None:
    lines = comment(partly()).splitlines()

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
        partly()
    )


def test_table__without_a_base_has_no_column_for_it() -> None:
    metrics = tuple(one.model_copy(update={"compared": None}) for one in changes().metrics)

    assert "| metric | now |" in comment(changes(metrics=metrics, paired=None)).splitlines()


def test_table__of_the_same_images_has_one_column_a_side() -> None:
    assert "| metric | now | base | change |" in comment()


def test_first_line__says_on_which_images_the_change_is() -> None:
    assert ", −20.0 points on the 10 both have: no more than chance" in first_line(partly())
