"""Kept answers come back as they were given, and are no others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_ci.errors import UserError
from ml_ci.inquiry.kept_answers import SyntheticAnswers
from ml_ci.steps import TENSOR
from ml_ci.trace.layout import TraceHeader
from ml_ci.trace.reading import Trace
from tests.builders.inquiry import answer

HEADER = TraceHeader(target="reference", receipt="r", created="", entry=TENSOR.name)
TENSORS = {
    name: np.full((1, 2, 2), level, np.float32) for name, level in (("ones", 1), ("zeros", 0))
}
ANSWERS = {
    "ones": answer(0.25, 0.75, label="ja ▲", logits=[1.0, 2.0]),
    "zeros": answer(0.5, 0.5, label="nein", logits=[3.0, 3.0]),
}
GIVEN = SyntheticAnswers(tensors=TENSORS, answers=ANSWERS)


def numbers(answers: SyntheticAnswers) -> dict[str, list[object]]:
    """Tensor, logits, probabilities and label by name."""
    return {
        name: [
            tensor.tolist(),
            *(
                None if one is None else one.tolist()
                for one in (
                    answers.answers[name][step].array for step in ("logits", "probabilities")
                )
            ),
            answers.answers[name]["label"].rung.text,
        ]
        for name, tensor in answers.tensors.items()
    }


def test_of__gives_what_was_kept(tmp_path: Path) -> None:
    GIVEN.keep(tmp_path / "kept", HEADER)

    found = SyntheticAnswers.of(Trace.open(tmp_path / "kept"))

    assert numbers(GIVEN) == numbers(found)


def test_of__takes_no_others(tmp_path: Path) -> None:
    GIVEN.keep(tmp_path / "kept", HEADER)
    other = SyntheticAnswers(
        tensors={name: tensor + 1 for name, tensor in TENSORS.items()}, answers=ANSWERS
    )
    other.keep(tmp_path / "other", HEADER)
    arrays = next((tmp_path / "other").glob("*.safetensors"))
    arrays.replace(tmp_path / "kept" / arrays.name)

    with pytest.raises(UserError, match="is not the array that was recorded"):
        SyntheticAnswers.of(Trace.open(tmp_path / "kept"))
