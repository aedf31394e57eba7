"""The metrics comment: better, worse or the same; may it be merged; bounded whatever is in it."""

from __future__ import annotations

from typing import Any

import cmarkgfm  # type: ignore[import-untyped]
import pytest
from cmarkgfm.cmark import Options  # type: ignore[import-untyped]

from ml_ci.artifacts.evaluation import ClassMetrics
from ml_ci.artifacts.paired import LISTED
from ml_ci.changes.result import (
    Changes,
    CommittedNumbers,
    Confusion,
    DataChange,
    ParamChange,
)
from ml_ci.report.rendering import render
from ml_ci.report.schema import Report
from tests.builders.changes import answered, changes
from tests.builders.reports import COMMIT, evaluation, report

HOSTILE = "<b>|@all ![x](http://x.y) `c` #12 ::error::"


def comment(section: Changes | None = None, *, rows: int = 20, **changed: Any) -> str:
    content = report(changes=section or changes(), **changed)
    return render("metrics.md.j2", content, rows=rows)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({}, "**The gate is open: safe to merge.**", id="open"),
        pytest.param(
            {"evaluation": evaluation(accuracy=0.5)},
            "**The gate is closed: do not merge yet.** What to do:",
            id="shut",
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
