"""The first line of the metrics comment: better, worse or the same, and what closed the gate."""

from __future__ import annotations

import pytest

from ml_ci.changes.result import Changes
from ml_ci.report.rendering import render
from ml_ci.report.schema import Subset, SubsetSplit
from tests.builders.changes import answered, changes, partly_shared
from tests.builders.reports import evaluation, report

PART = Subset(
    folder="public", splits=(SubsetSplit(split="train", images=2, whole=9),), trained=True
)


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


def test_first_line__says_on_which_images_the_change_is() -> None:
    assert ", −20.0 points on the 10 both have: no more than chance" in first_line(partly_shared())
