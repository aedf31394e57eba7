"""Test images with answers, now and in a base, and the section of a report made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ml_ci.artifacts.evaluation import Metrics, Prediction
from ml_ci.artifacts.files import sha256_of_bytes
from ml_ci.artifacts.golden import GoldenSnapshot
from ml_ci.base.results import Base, BaseNumbers
from ml_ci.chance.pairing import flips
from ml_ci.changes.metrics import metric_changes
from ml_ci.changes.pairing import Side, class_changes, paired, pairs_of
from ml_ci.changes.result import Changes, Curve, Drawing, Edge, Size
from ml_ci.data.manifest import Entry
from tests.builders.reports import COMMIT

OLD, NEW = "a" * 64, "b" * 64
"""Weights."""


def metrics(given: Side) -> Metrics:
    """What `evaluate` would measure of these answers, as far as anybody looks."""
    right = [row.predicted == row.label for row in given.predictions]
    accuracy = sum(right) / len(right) if right else 0.0
    return Metrics(
        images=len(right),
        accuracy=accuracy,
        macro_f1=accuracy / 2,
        expected_calibration_error=0.1,
        log_loss=1 - accuracy,
    )


def prediction(
    image: str, label: str, predicted: str | None = None, confidence: float = 0.9
) -> Prediction:
    """The label is the answer unless another one is given."""
    return Prediction(image=image, label=label, predicted=predicted or label, confidence=confidence)


def entry(path: str, label: str, content: str | None = None) -> Entry:
    """An image; its content is its name unless another one is given."""
    sha256 = sha256_of_bytes((content or path).encode())
    return Entry(path=path, sha256=sha256, label=label, witnesses=())


def side(*predictions: Prediction) -> Side:
    """Predictions and the manifest that belongs to them."""
    manifest = tuple(entry(f"test/{row.image}", row.label) for row in predictions)
    return Side(predictions=predictions, manifest=manifest)


def answered(right: int, fixed: int = 0, broken: int = 0, other: int = 0) -> tuple[Side, Side]:
    """Before and after on cats: so many right both times, fixed, broken and otherwise wrong."""
    kinds = [("cat", "cat")] * right + [("dog", "cat")] * fixed + [("cat", "dog")] * broken
    kinds += [("dog", "eel")] * other
    before = [prediction(f"cat/{n}.png", "cat", old) for n, (old, _) in enumerate(kinds)]
    after = [prediction(f"cat/{n}.png", "cat", new) for n, (_, new) in enumerate(kinds)]
    return side(*before), side(*after)


def base(numbers: BaseNumbers | None = None, **changed: Any) -> Base:
    """A base with nothing changed since but what is given."""
    content: dict[str, Any] = {
        "commit": COMMIT,
        "branch": "main",
        "behind": 0,
        "ahead": 1,
        "source": "missing" if numbers is None else "committed",
        "sentence": "committed there",
        "numbers": numbers,
        "params": {},
        "manifest": (),
        "model_bytes": None,
        "stale": (),
        **changed,
    }
    return Base(**content)


def numbers(
    predictions: Sequence[Prediction],
    weights: str = OLD,
    measured: Mapping[str, float] | None = None,
) -> BaseNumbers:
    """What the base measured."""
    golden = GoldenSnapshot(weights_sha256=weights, answers=())
    return BaseNumbers(
        metrics=metrics(side(*predictions)).model_dump() if measured is None else measured,
        predictions=tuple(predictions),
        golden=golden,
    )


def changes(before: Side | None = None, after: Side | None = None, **changed: Any) -> Changes:
    """A section about these answers; by default two images were fixed and one broken."""
    if before is None or after is None:
        before, after = answered(97, fixed=2, broken=1)
    pairs = pairs_of(before, after)
    changed_classes = class_changes(pairs)
    content: dict[str, Any] = {
        "state": "0" * 64,
        "metrics": metric_changes(
            metrics(after),
            after.predictions,
            metrics(before).model_dump(),
            before.predictions,
            pairs,
            bins=10,
        ),
        "paired": paired(pairs, before, after),
        "expected": False,
        "flips": flips(pairs),
        "classes": changed_classes,
        "classes_changed": len(changed_classes),
        "confusions": (),
        "confusions_found": 0,
        "params": (),
        "params_changed": 0,
        "data": (),
        "data_changed": 0,
        "size": Size(value=1_260_000, base=1_260_000),
        "curves": (
            Curve(
                name="train/loss",
                epochs=4,
                values=(2.0, 1.0, 0.5, 0.25),
                first=2.0,
                last=0.25,
                best=0.25,
                best_epoch=4,
            ),
        ),
        "drawing": Drawing(
            stages=("train", "evaluate"), edges=(Edge(earlier="train", later="evaluate"),)
        ),
        "committed": None,
        **changed,
    }
    return Changes(**content)


def partly_shared() -> Changes:
    """Ten of the test images are shared; the base has five others, now has ninety."""
    before, after = answered(8, broken=2)
    gone = [prediction(f"gone/{n}.png", "dog") for n in range(5)]
    new = [prediction(f"new/{n}.png", "eel") for n in range(90)]
    return changes(side(*before.predictions, *gone), side(*after.predictions, *new))
