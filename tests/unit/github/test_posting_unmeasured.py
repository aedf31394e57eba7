"""What stands under a pull request when a run measured nothing, or when a newer one speaks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ml_ci.github.handover import report_handover, skip_handover
from tests.builders.github.posting import SHA, Scene
from tests.builders.github.state import FIRST_MOMENT
from tests.builders.reports import parity, report

GREEN = report_handover(SHA, report())
RED = report_handover(SHA, report(parity=(parity("resized"),)))
NEWER = "c" * 40


def test_skip__makes_no_comment(scene: Scene) -> None:
    scene.post(scene.measured(skip_handover(SHA, "Only documentation changed")))

    assert [] == scene.hub.comments


def test_skip__takes_the_place_of_an_earlier_report(scene: Scene) -> None:
    scene.post(scene.measured(GREEN))
    scene.post(scene.measured(skip_handover(SHA, "Only documentation changed")))

    assert ["Why: Only documentation changed"] * 2 == [
        body.splitlines()[3] for body in scene.bodies().values()
    ]


@pytest.mark.parametrize(
    ("older", "newer"),
    [("success", "failure"), ("cancelled", None), ("cancelled", "success")],
)
def test_superseded__the_newer_run_speaks(scene: Scene, older: str, newer: str | None) -> None:
    run = scene.measured(GREEN, conclusion=older)
    scene.measured(RED, conclusion=newer)

    scene.post(run)

    expected: tuple[list[str], list[Any]] = (
        ["skipped: a newer run of this commit speaks for it"],
        [],
    )
    assert expected == (scene.said, scene.hub.comments)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"conclusion": None}, id="still-running"),
        pytest.param({"name": "engine"}, id="another-workflow"),
        pytest.param({"sha": NEWER}, id="another-commit"),
        pytest.param({"owner": "guest", "repository": "guest/project"}, id="another-fork"),
    ],
)
def test_superseded__not_by_another_run(scene: Scene, other: dict[str, Any]) -> None:
    run = scene.measured(GREEN)
    scene.measured(RED, **other)

    scene.post(run)

    assert 2 == len(scene.hub.comments)


def test_superseded__by_a_later_attempt_of_the_same_run(scene: Scene) -> None:
    """Its event comes late: the run has been started again, and has ended, since."""
    run = scene.measured(GREEN)
    late = replace(run)
    run.attempt = 2

    scene.post(late)

    assert ["skipped: a newer run of this commit speaks for it"] == scene.said
    assert [] == scene.hub.comments


def test_again__what_an_earlier_attempt_handed_over_is_not_this_ones(scene: Scene) -> None:
    run = scene.measured(GREEN, conclusion="failure")
    run.attempt, run.started = 2, FIRST_MOMENT + timedelta(days=1)

    scene.post(run)

    assert ["## ❌ No report: the run failed"] == [
        body.splitlines()[0] for title, body in scene.bodies().items() if title == "metrics"
    ]


@pytest.mark.parametrize("path", ["ml_ci/report/gate.py", "data.dvc"])
def test_skip__that_github_contradicts_is_said(scene: Scene, path: str) -> None:
    scene.hub.pulls[0].files += [{"filename": path}]

    scene.post(scene.measured(skip_handover(SHA, "Only documentation changed")))

    said = "⚠️ **The run says only documentation changed; GitHub's list of files says otherwise.**"
    assert [True, True] == [said in body and path in body for body in scene.bodies().values()]


def test_skip__names_the_changed_measuring_code(scene: Scene) -> None:
    scene.post(scene.measured(GREEN))
    scene.hub.pulls[0].files += [{"filename": "ml_ci/github/plan.py"}]

    scene.post(scene.measured(skip_handover(SHA, "Only documentation changed")))

    assert "\n> - ml_ci/github/plan.py: what hands" in scene.bodies()["metrics"]


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "neutral"])
def test_not_measured__an_earlier_verdict_does_not_stay(scene: Scene, conclusion: str) -> None:
    scene.post(scene.measured(GREEN))

    scene.post(scene.measured(GREEN, conclusion=conclusion))

    body = scene.bodies()["metrics"]
    assert ("## ❌ No report: the run failed", True) == (
        body.splitlines()[0],
        f"Nothing was measured: the run was {conclusion}." in body,
    )
