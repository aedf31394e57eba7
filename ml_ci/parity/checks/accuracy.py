"""Accuracy through a server judged: the symptom, and whether chance alone could make it."""

from __future__ import annotations

import numpy as np

from ml_ci.artifacts.inquiry import Accuracies, AccuracyRecord, ServedFlip
from ml_ci.artifacts.paired import Interval
from ml_ci.chance.pairing import SIGNIFICANCE, p_in_words
from ml_ci.noise import NoiseFloor
from ml_ci.parity.check import Check, Outcome

NAME = "accuracy through the server"


def accuracy_check(
    record: AccuracyRecord, noise: NoiseFloor, *, flips_expected: bool = False
) -> Check:
    """One row. A class that flips between two which are equally likely counts as the same.

    Any other flip differs, whatever it does to the accuracy; with ``flips_expected``, for a target
    whose numbers are meant to be coarser, only an accuracy that differs by more than chance does.
    """
    outcome, evidence = _outcome(record, noise, flips_expected=flips_expected)
    return Check(topic="accuracy", name=NAME, outcome=outcome, evidence=evidence)


def _outcome(
    record: AccuracyRecord, noise: NoiseFloor, *, flips_expected: bool
) -> tuple[Outcome, str]:
    unanswered = _unanswered(record)
    if record.accuracy is None:
        return "unknown", unanswered.removeprefix("; ") or "not asked: there is no test image"
    evidence = f"{_accuracies(record, record.accuracy)}: {_flips(record, noise)}{unanswered}"
    if record.p_value < SIGNIFICANCE or (_real(record, noise) and not flips_expected):
        return "differs", evidence
    if unanswered:
        return "unknown", evidence
    return ("note" if _real(record, noise) else "agrees"), evidence


def _accuracies(record: AccuracyRecord, accuracy: Accuracies) -> str:
    asked = f"{record.answered} test images"
    if record.asked < record.images:
        asked = f"a sample of {record.answered} of {record.images} test images"
    sides = f"script {accuracy.script:.2%}, served {accuracy.served:.2%} on {asked}"
    interval = accuracy.difference_interval
    if interval is None:
        return sides
    return f"{sides}, {_points(accuracy.difference)} points ({_between(interval)})"


def _between(interval: Interval) -> str:
    return f"95 % interval {_points(interval.low)} to {_points(interval.high)}"


def _points(share: float) -> str:
    return f"{100 * share:+.2f}".replace("-", "−")


def _flips(record: AccuracyRecord, noise: NoiseFloor) -> str:
    real, by_chance = _real(record, noise), record.p_value >= SIGNIFICANCE
    flipped = record.fixed + record.broken + record.other
    if not flipped:
        return "every answer is the same class"
    if not real and by_chance:
        return f"{flipped} flip between classes that are equally likely, the others are the same"
    other = f", {record.other} wrong in another way" if record.other else ""
    chance = "no more than" if by_chance else "more than"
    return (
        f"{record.fixed} fixed, {record.broken} broken{other}, {chance} chance in accuracy "
        f"({p_in_words(record.p_value)}); surest: {_shown((*real, *record.flips)[0])}"
    )


def _shown(flip: ServedFlip) -> str:
    sure = "" if flip.served_confidence is None else f" ({flip.served_confidence:.2f})"
    return f"{flip.image} is {flip.label}, script {flip.script}, served {flip.served}{sure}"


def _unanswered(record: AccuracyRecord) -> str:
    """Begins with a semicolon; empty when everything was answered."""
    if not record.failures:
        return ""
    first, count = record.failures[0], record.asked - record.answered
    return (
        f"; {count} of {record.asked} test images were not answered and are not in these numbers, "
        f"{first.image}: {first.message}"
    )


def _real(record: AccuracyRecord, noise: NoiseFloor) -> list[ServedFlip]:
    """Flips that no noise explains."""
    return [flip for flip in record.flips if not _is_tie(flip, noise)]


def _is_tie(flip: ServedFlip, noise: NoiseFloor) -> bool:
    """Nothing says that the two classes are further apart than noise moves them."""
    # Both classes may move by the allowance, towards each other
    return flip.gap <= 2 * noise.allowed_inherited(flip.step, np.ones(1))
