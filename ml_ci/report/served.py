"""Accuracy through each target beside the script's: the symptom that people come with."""

from __future__ import annotations

from dataclasses import dataclass

from ml_ci.artifacts.inquiry import AccuracyRecord
from ml_ci.parity.result import ParityResult


@dataclass(frozen=True, kw_only=True)
class ServedAccuracy:
    """One target's row, every cell in words."""

    target: str
    script: str
    served: str
    difference: str
    """In points, with its 95 % interval."""
    answers: str
    """Which differ; or why nothing was asked."""


def served_accuracy(target: ParityResult) -> ServedAccuracy | None:
    """None for a target of which nothing is told, not even why."""
    record = target.accuracy
    if record is None or record.accuracy is None:
        why = [check.evidence for check in target.checks if check.topic == "accuracy"]
        return _row(target, "–", "–", "–", why[0]) if why else None
    accuracy = record.accuracy
    return _row(
        target,
        f"{accuracy.script:.2%}",
        f"{accuracy.served:.2%}",
        _difference(record),
        f"{_flips(record)}, on {_asked(record)}",
    )


def in_a_line(row: ServedAccuracy) -> str:
    """The same for a terminal."""
    if row.script == "–":
        return row.answers
    return f"script {row.script}, served {row.served}, {row.difference}: {row.answers}"


def _row(
    target: ParityResult, script: str, served: str, difference: str, answers: str
) -> ServedAccuracy:
    return ServedAccuracy(
        target=target.target, script=script, served=served, difference=difference, answers=answers
    )


def _difference(record: AccuracyRecord) -> str:
    accuracy = record.accuracy
    if accuracy is None or accuracy.difference_interval is None:
        return "no difference"
    between = accuracy.difference_interval
    return (
        f"{_points(accuracy.difference)} points ({_points(between.low)} to {_points(between.high)})"
    )


def _points(share: float) -> str:
    text = f"{100 * share:+.2f}".replace("-", "−")
    return "0" if float(text.replace("−", "-")) == 0 else text


def _flips(record: AccuracyRecord) -> str:
    flipped = {"broken": record.broken, "fixed": record.fixed, "wrong both times": record.other}
    told = ", ".join(f"{count} {word}" for word, count in flipped.items() if count)
    return told or "every answer the same class"


def _asked(record: AccuracyRecord) -> str:
    if record.asked < record.images:
        return f"a sample of {record.answered} of {record.images} test images"
    return f"{record.answered} test images"
