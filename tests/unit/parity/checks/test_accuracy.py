"""Accuracy through a server: when it differs, what is a tie, what is said."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.artifacts.inquiry import Accuracies, AccuracyRecord, ServedFlip, UnansweredImage
from ml_ci.artifacts.paired import Interval
from ml_ci.chance.pairing import mcnemar
from ml_ci.parity.check import Check
from ml_ci.parity.checks.accuracy import accuracy_check
from tests.builders.traces import noise_floor


def flip(gap: float = 0.5, **changes: Any) -> ServedFlip:
    """A broken image."""
    values: dict[str, Any] = {
        "kind": "broken",
        "image": "3/1.png",
        "label": "3",
        "script": "3",
        "served": "8",
        "script_confidence": 0.9,
        "served_confidence": 0.75,
        "step": "probabilities",
        "gap": gap,
    }
    return ServedFlip(**(values | changes))


def record(
    *flips: ServedFlip, images: int = 400, failed: int = 0, **changes: Any
) -> AccuracyRecord:
    """A test of 400 images, 97 % right in the script, of which ``flips`` flipped."""
    kinds = [one.kind for one in flips]
    broken, fixed = kinds.count("broken"), kinds.count("fixed")
    difference = (fixed - broken) / 400
    interval = Interval(low=difference - 0.01, high=difference + 0.01) if flips else None
    failure = UnansweredImage(image="7/2.png", message="status 500")
    values: dict[str, Any] = {
        "images": images,
        "asked": 400,
        "answered": 400 - failed,
        "failures": (failure,) * min(failed, 200),
        "accuracy": Accuracies(
            script=0.97,
            script_interval=None,
            served=0.97 + difference,
            served_interval=None,
            difference=difference,
            difference_interval=interval,
        ),
        "fixed": fixed,
        "broken": broken,
        "other": kinds.count("other"),
        "p_value": mcnemar(fixed, broken),
        "flips": flips,
    }
    return AccuracyRecord(**(values | changes))


def check(measured: AccuracyRecord, **settings: bool) -> Check:
    return accuracy_check(measured, noise_floor(1e-3), **settings)


@pytest.mark.parametrize(
    ("measured", "outcome", "evidence"),
    [
        pytest.param(
            record(),
            "agrees",
            "script 97.00%, served 97.00% on 400 test images: every answer is the same class",
            id="the-same",
        ),
        pytest.param(
            record(flip(0.0019), flip(0.0)),
            "agrees",
            "script 97.00%, served 96.50% on 400 test images, −0.50 points "
            "(95 % interval −1.50 to +0.50): 2 flip between classes that are equally likely, "
            "the others are the same",
            id="ties",
        ),
        pytest.param(
            record(flip(0.0021), flip(0.5, kind="fixed")),
            "differs",
            "script 97.00%, served 97.00% on 400 test images, +0.00 points "
            "(95 % interval −1.00 to +1.00): 1 fixed, 1 broken, no more than chance in accuracy "
            "(p = 1.0); surest: 3/1.png is 3, script 3, served 8 (0.75)",
            id="chance",
        ),
        pytest.param(
            record(*[flip()] * 12, flip(kind="other", served_confidence=None)),
            "differs",
            "script 97.00%, served 94.00% on 400 test images, −3.00 points "
            "(95 % interval −4.00 to −2.00): 0 fixed, 12 broken, 1 wrong in another way, "
            "more than chance in accuracy (p = 0.00049); "
            "surest: 3/1.png is 3, script 3, served 8 (0.75)",
            id="worse",
        ),
        pytest.param(
            record(images=9000),
            "agrees",
            "script 97.00%, served 97.00% on a sample of 400 of 9000 test images: "
            "every answer is the same class",
            id="a-sample",
        ),
        pytest.param(
            record(failed=2),
            "unknown",
            "script 97.00%, served 97.00% on 398 test images: every answer is the same class; "
            "2 of 400 test images were not answered and are not in these numbers, "
            "7/2.png: status 500",
            id="failures",
        ),
        pytest.param(
            record(failed=400, accuracy=None),
            "unknown",
            "400 of 400 test images were not answered and are not in these numbers, "
            "7/2.png: status 500",
            id="nothing",
        ),
        pytest.param(
            record(asked=0, answered=0, accuracy=None),
            "unknown",
            "not asked: there is no test image",
            id="no-images",
        ),
    ],
)
def test_check__says(measured: AccuracyRecord, outcome: str, evidence: str) -> None:
    assert ("accuracy", outcome, evidence) == (
        check(measured).topic,
        check(measured).outcome,
        check(measured).evidence,
    )


def test_check__a_better_accuracy_differs_too() -> None:
    assert "differs" == check(record(*[flip(kind="fixed")] * 12)).outcome


def test_check__many_ties_one_way_are_more_than_chance() -> None:
    assert "differs" == check(record(*[flip(0.0)] * 12)).outcome


def test_check__differs_even_when_others_failed() -> None:
    found = check(record(flip(), failed=2))

    assert ("differs", True) == (found.outcome, "; 2 of 400 test images" in found.evidence)


@pytest.mark.parametrize(
    ("measured", "outcome"),
    [
        pytest.param(record(flip()), "note", id="a-flip"),
        pytest.param(record(*[flip()] * 12), "differs", id="more-than-chance"),
        pytest.param(record(flip(), failed=1), "unknown", id="failures"),
        pytest.param(record(), "agrees", id="the-same"),
    ],
)
def test_check__of_a_target_whose_numbers_are_meant_to_be_coarser(
    measured: AccuracyRecord, outcome: str
) -> None:
    assert outcome == check(measured, flips_expected=True).outcome
