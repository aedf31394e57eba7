from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from ml_ci.parity.diagnosis.fitting import Fitter
from ml_ci.parity.diagnosis.question import Question
from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Seen, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import DECODED, IMAGE, LABEL, LOGITS, PROBABILITIES, RESIZED, TENSOR
from tests.builders.asking import asked, drawn, names_of, scaled, softmax, variant
from tests.builders.upper_targets import ours


def fitted(question: Question, fault: str, start: Variant | None = None) -> list[Variant]:
    found = fault_of(fault)
    begin = start or next(iter(found.variants(ours())))
    return list(Fitter(question, question.course(exact=False), found).near(begin))


def test_near__a_number_off_the_usual_ones_is_found() -> None:
    question = asked(LOGITS.name, [variant(LOGITS.name, scaled(0.37))], since=RESIZED.name)
    [found] = fitted(question, "logits-scaled")
    assert pytest.approx(0.37, rel=1e-4) == found.parameters["scale"]


def test_near__probabilities_are_fitted_by_their_logarithm() -> None:
    """A tenth: all but one are next to nothing."""
    question = drawn(PROBABILITIES.name, lambda logits: softmax(logits / np.float32(0.1)))
    [found] = fitted(question, "temperature")
    assert pytest.approx(0.1, rel=1e-3) == found.parameters["temperature"]


def test_near__whole_numbers_off_the_usual_ones_are_found() -> None:
    def coarse(seen: Seen, reference: Reference) -> Any:
        picture = np.asarray(reference.flatten(seen.decoded, seen.content), np.uint8)
        grey = np.asarray(Image.fromarray(picture).convert("L"))
        return np.repeat(np.where(grey >= 93, 255, 0).astype(np.uint8)[..., None], 3, axis=2)

    question = asked(TENSOR.name, [variant(IMAGE.name, coarse)], since=DECODED.name)
    [found] = fitted(question, "binarised")
    assert 93 == found.parameters["threshold"]


def test_near__a_fault_without_parameters_has_nothing_to_fit() -> None:
    question = drawn(PROBABILITIES.name, softmax)
    assert [] == fitted(question, "sigmoid")


def test_near__class_names_fit_nothing() -> None:
    question = drawn(LABEL.name, lambda logits: names_of(softmax(logits)))
    assert [] == fitted(question, "temperature")
