"""What the reference answers on the golden set: metrics/golden.json, committed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_json

# Rounded for the reason given in ml_ci/artifacts/evaluation.py
_CONFIDENCE_DECIMALS = 2


@dataclass(frozen=True, kw_only=True)
class GoldenAnswer:
    """The reference's answer on one golden image."""

    image: str
    label: str
    """The true class, as golden.csv has it."""
    predicted: str
    confidence: float
    """Probability of `predicted`."""


def save_golden(answers: Sequence[GoldenAnswer]) -> None:
    """Write metrics/golden.json, sorted by image."""
    document = {
        answer.image: {
            "label": answer.label,
            "predicted": answer.predicted,
            "confidence": round(answer.confidence, _CONFIDENCE_DECIMALS),
        }
        for answer in sorted(answers, key=lambda answer: answer.image)
    }
    write_json(paths.GOLDEN_JSON, document)
