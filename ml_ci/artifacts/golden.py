"""The golden snapshot: what one network answered on the golden set, committed in metrics/.

Like the snapshot of a snapshot test: while the weights stay the same, a run leaves it alone, and
`ml-ci golden accept` replaces it. A network with other weights has nothing to accept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_json
from ml_ci.artifacts.record import Record

# Half a step of the last decimal is half the smallest noise floor of `probabilities` (1e-6): a
# coarser snapshot would hide movement (two decimals: 0.005, more than the smallest faults move), so
# none is read: one digit changed by hand, `"decimals": 0`, would let every answer move by 0.5.
# A run that measures the same weights leaves the snapshot as it is, so the last bits of another
# processor do not reach git.
_DECIMALS = 6


class GoldenImage(Record):
    """What makes a golden image the same one under another name."""

    sha256: str
    """Of the file."""
    label: str


class GoldenAnswer(Record):
    """The reference's answer on one golden image."""

    image: str
    label: str
    """The true class, as golden.csv has it."""
    predicted: str
    confidence: float
    """Probability of `predicted`."""


class GoldenSnapshot(Record):
    """The answers of one network, by its weights."""

    weights_sha256: str
    decimals: int = Field(default=_DECIMALS, ge=_DECIMALS, le=15)
    """To how many the confidences are rounded in the document; fewer are refused."""
    answers: tuple[GoldenAnswer, ...]
    """Sorted by image."""

    @property
    def rounding(self) -> float:
        """How far a confidence in the document may be from the one that was measured."""
        return 0.5 * 10.0**-self.decimals

    def by_image(self) -> dict[str, GoldenAnswer]:
        """The answers by image."""
        return {answer.image: answer for answer in self.answers}

    def document(self) -> dict[str, Any]:
        """As it stands in metrics/golden.json."""
        images = {
            answer.image: {
                "label": answer.label,
                "predicted": answer.predicted,
                "confidence": round(answer.confidence, self.decimals),
            }
            for answer in self.answers
        }
        return {
            "weights_sha256": self.weights_sha256,
            "decimals": self.decimals,
            "images": images,
        }

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> GoldenSnapshot:
        """Read what ``document`` gave. Raises ValueError when it is something else."""
        try:
            answers = tuple(
                GoldenAnswer(image=image, **answer)
                for image, answer in sorted(document["images"].items())
            )
            return cls(
                weights_sha256=document["weights_sha256"],
                decimals=document["decimals"],
                answers=answers,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not golden answers: {error!r}") from None

    @classmethod
    def of_text(cls, text: str | bytes) -> GoldenSnapshot:
        """Read the content of a metrics/golden.json. Raises ValueError when it is none."""
        try:
            return cls.of_document(json.loads(text))
        except RecursionError:
            raise ValueError("not golden answers: nested too deeply") from None


def snapshot(weights_sha256: str, answers: Sequence[GoldenAnswer]) -> GoldenSnapshot:
    """The answers, sorted by image."""
    by_image = sorted(answers, key=lambda answer: answer.image)
    return GoldenSnapshot(weights_sha256=weights_sha256, answers=tuple(by_image))


def renew(measured: GoldenSnapshot, earlier: Sequence[GoldenSnapshot]) -> GoldenSnapshot:
    """What metrics/golden.json has to say after ``measured``.

    Answers that a snapshot of the same weights has already given stay, the first of ``earlier``
    that has one wins; images that are new get theirs, images that are gone lose theirs. Labels are
    those of today: they are data, no answers.
    """
    same = [one for one in earlier if one.weights_sha256 == measured.weights_sha256]
    given: dict[str, GoldenAnswer] = {}
    for one in reversed(same):
        given |= one.by_image()
    answers = tuple(
        given[answer.image].model_copy(update={"label": answer.label})
        if answer.image in given
        else answer
        for answer in measured.answers
    )
    # Answers of two snapshots in one: each is at least as exact as the coarsest of them says
    decimals = min([measured.decimals, *(one.decimals for one in same)])
    return measured.model_copy(update={"answers": answers, "decimals": decimals})


def save_golden(snapshot: GoldenSnapshot) -> None:
    """Write metrics/golden.json."""
    write_json(paths.GOLDEN_JSON, snapshot.document())
