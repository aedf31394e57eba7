"""What the reference answers on the golden set: metrics/golden.json, committed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_json

# Rounded for the reason given in ml_ci/artifacts/evaluation.py
_CONFIDENCE_DECIMALS = 2


class GoldenAnswer(BaseModel):
    """The reference's answer on one golden image."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    image: str
    label: str
    """The true class, as golden.csv has it."""
    predicted: str
    confidence: float
    """Probability of `predicted`."""


class GoldenSnapshot(BaseModel):
    """The answers of one network, by its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weights_sha256: str
    answers: tuple[GoldenAnswer, ...]
    """Sorted by image."""

    def document(self) -> dict[str, Any]:
        """As it stands in metrics/golden.json."""
        images = {
            answer.image: {
                "label": answer.label,
                "predicted": answer.predicted,
                "confidence": round(answer.confidence, _CONFIDENCE_DECIMALS),
            }
            for answer in self.answers
        }
        return {"weights_sha256": self.weights_sha256, "images": images}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> GoldenSnapshot:
        """Read what ``document`` gave. Raises ValueError when it is something else."""
        try:
            answers = tuple(
                GoldenAnswer(image=image, **answer)
                for image, answer in sorted(document["images"].items())
            )
            return cls(weights_sha256=document["weights_sha256"], answers=answers)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not golden answers: {error!r}") from None


def snapshot(weights_sha256: str, answers: Sequence[GoldenAnswer]) -> GoldenSnapshot:
    """The answers, sorted by image."""
    by_image = sorted(answers, key=lambda answer: answer.image)
    return GoldenSnapshot(weights_sha256=weights_sha256, answers=tuple(by_image))


def save_golden(snapshot: GoldenSnapshot) -> None:
    """Write metrics/golden.json."""
    write_json(paths.GOLDEN_JSON, snapshot.document())
