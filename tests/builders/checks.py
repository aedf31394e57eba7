"""Checks and accuracy records made by hand."""

from __future__ import annotations

from typing import Any

from ml_ci.artifacts.inquiry import Accuracies, AccuracyRecord, Inquiry, ServedFlip, nothing_asked
from ml_ci.artifacts.model_facts import no_facts
from ml_ci.artifacts.paired import Interval
from ml_ci.parity.check import Check


def check(name: str = "class list", outcome: str = "differs", **changes: Any) -> Check:
    """Evidence that names the check."""
    values = {"topic": "identity", "evidence": f"evidence of {name}", "step": None}
    return Check.model_validate({**values, **changes, "name": name, "outcome": outcome})


def accuracy(*, script: float = 0.98, served: float = 0.98, **changes: Any) -> AccuracyRecord:
    """All of 100 test images answered; a difference has an interval of ±2 points."""
    difference = round(served - script, 6)
    around = Interval(low=round(difference - 0.02, 6), high=round(difference + 0.02, 6))
    values: dict[str, Any] = {
        "images": 100,
        "asked": 100,
        "answered": 100,
        "failures": (),
        "accuracy": Accuracies(
            script=script,
            script_interval=None,
            served=served,
            served_interval=None,
            difference=difference,
            difference_interval=around if difference else None,
        ),
        "fixed": 0,
        "broken": 0,
        "other": 0,
        "p_value": 1.0,
        "flips": (),
    }
    return AccuracyRecord(**{**values, **changes})


def flip(**changes: Any) -> ServedFlip:
    """A cat that the server takes for a dog, and is sure of it."""
    values: dict[str, Any] = {
        "kind": "broken",
        "image": "cat/1.png",
        "label": "cat",
        "script": "cat",
        "served": "dog",
        "script_confidence": 0.9,
        "served_confidence": 0.8,
        "step": "probabilities",
        "gap": 0.6,
    }
    return ServedFlip(**{**values, **changes})


def inquiry(**changes: Any) -> Inquiry:
    """Of a target that was asked nothing, but for ``changes``."""
    return nothing_asked(no_facts("it says nothing"), "nobody asked").model_copy(update=changes)
