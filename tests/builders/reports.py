"""A report with everything in it, changed field by field."""

from __future__ import annotations

from typing import Any

from ml_ci.artifacts.evaluation import CalibrationBin, ClassMetrics, Evaluation, Metrics
from ml_ci.base.reported import ReportedBase
from ml_ci.params.evaluate import Thresholds
from ml_ci.params.gate import GateSettings
from ml_ci.parity.result import ImageResult, ParityResult, RungResult
from ml_ci.report.against_base import base_checks
from ml_ci.report.gate import gate_checks, lock_checks
from ml_ci.report.golden import golden_checks
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
from tests.builders.parity import judge

COMMIT = "0123456789abcdef" + "0" * 24
THRESHOLDS = Thresholds(accuracy=0.9, macro_f1=0.9, expected_calibration_error=0.1)


SETTINGS = GateSettings(fresh_lock="warn", worse_than_base="fail", smallest_loss=0.001)
BASE = ReportedBase(
    commit="fedcba9876543210" + "0" * 24,
    branch="main",
    behind=0,
    ahead=1,
    chosen="where it left main",
    source="committed",
    sentence="committed there; its dvc.lock matches its own files",
    stale=(),
    unchecked=(),
)


def engine(**changed: Any) -> Engine:
    """The container answered."""
    content: dict[str, Any] = {
        "wanted": "docker",
        "used": "docker",
        "container_exercised": True,
        "stand_in": False,
        "sentence": "the server ran in its container",
    }
    return Engine(**{**content, **changed})


def without_container() -> Engine:
    """The server answered, as a process."""
    return engine(used="process", container_exercised=False, sentence="the server ran as a process")


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


def report(
    *, graph: str | None = None, settings: GateSettings = SETTINGS, **changed: Any
) -> Report:
    """A report that nothing speaks against; its gate follows from its other parts."""
    content: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "receipt": "0" * 64,
        "upstream": {},
        "created": "2026-01-01T00:00:00+00:00",
        "commit": COMMIT,
        "dirty": False,
        "base": BASE,
        "engine": engine(),
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
    subset, lock = content.get("subset"), content.get("lock")
    changes, golden = content.get("changes"), content.get("golden")
    checks = (
        *gate_checks(content["evaluation"], THRESHOLDS, content["parity"], graph, subset),
        *(() if changes is None else base_checks(changes, settings)),
        *(() if golden is None else golden_checks(golden, subset)),
        *lock_checks(lock, settings.fresh_lock),
    )
    return Report(gate=checks, **content)
