"""A report with everything in it, changed field by field."""

from __future__ import annotations

from typing import Any

from ml_ci.artifacts.evaluation import CalibrationBin, ClassMetrics, Evaluation, Metrics
from ml_ci.params.evaluate import Thresholds
from ml_ci.parity.result import ImageResult, ParityResult, RungResult
from ml_ci.parity.verdict import judge
from ml_ci.report.gate import gate_checks
from ml_ci.report.schema import (
    SCHEMA_VERSION,
    Engine,
    Report,
    ReportedTarget,
    SplitCount,
    StageTime,
    Weights,
)
from ml_ci.steps import LADDER

COMMIT = "0123456789abcdef" + "0" * 24
THRESHOLDS = Thresholds(accuracy=0.9, macro_f1=0.9, expected_calibration_error=0.1)


def evaluation(*, untrained_accuracy: float = 0.5, **changed: Any) -> Evaluation:
    """Two classes, 98 of 100 right; ``changed`` are metrics of the trained network, or classes."""
    values: dict[str, Any] = {
        "images": 100,
        "accuracy": 0.98,
        "macro_f1": 0.98,
        "log_loss": 0.05,
        "expected_calibration_error": 0.02,
    }
    classes = changed.pop(
        "classes",
        (
            ClassMetrics(name="cat", precision=1.0, recall=0.96, f1=0.98, support=50),
            ClassMetrics(name="dog", precision=0.96, recall=1.0, f1=0.98, support=50),
        ),
    )
    return Evaluation(
        metrics=Metrics(**{**values, **changed}),
        untrained=Metrics(**{**values, "accuracy": untrained_accuracy}),
        classes=classes,
        confusion=((48, 2), (0, 50)),
        calibration=(CalibrationBin(confidence=0.97, accuracy=0.98, images=100),),
    )


def reported(name: str, **changed: Any) -> ReportedTarget:
    """Where a target is from."""
    content = {
        "name": name,
        "kind": "container",
        "recorded": "2026-01-01T00:00:00+00:00",
        "sentence": f"where {name} is from",
        "problems": (),
    }
    return ReportedTarget.model_validate(content | changed)


def parity(
    *differing: str, images: int = 3, missing: int = 0, target: str = "server"
) -> ParityResult:
    """``images`` compared, the first of which differs at the steps named."""
    results = [
        ImageResult(
            image=f"photo_{number}.png",
            first_step=next((s.name for s in LADDER if s.name in differing and not number), None),
            rungs=tuple(
                RungResult(
                    step=step.name,
                    mark="differs" if step.name in differing and not number else "equal",
                    inherited=None,
                    allowed=None,
                    message=f"{step.name} differs" if step.name in differing else "",
                )
                for step in LADDER
            ),
        )
        for number in range(images)
    ]
    return judge(target=target, golden=images + missing, images=results, failures=[])


def report(*, graph: str | None = None, **changed: Any) -> Report:
    """A report; its gate follows from its evaluation and parity."""
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "receipt": "0" * 64,
        "upstream": {},
        "created": "2026-01-01T00:00:00+00:00",
        "commit": COMMIT,
        "dirty": False,
        "engine": Engine(
            wanted="process",
            used="process",
            container_exercised=False,
            stand_in=False,
            sentence="the server ran as a process",
        ),
        "weights": Weights(origin="pulled", sha256="ab" * 32, commit=COMMIT, sentence="pulled"),
        "thresholds": THRESHOLDS.model_dump(),
        "evaluation": evaluation(),
        "parity": (parity(),),
        "log_tail": (),
        "environments": {"reference": {"numpy": "2.4.6"}, "server": {"numpy": "2.4.5"}},
        "data": (SplitCount(split="train", images=10, classes=2),),
        "stages": (StageTime(stage="train", seconds=12.0, started="2026-01-01T00:00:00+00:00"),),
        **changed,
    }
    checks = gate_checks(content["evaluation"], THRESHOLDS, content["parity"], graph)
    return Report(gate=checks, **content)
