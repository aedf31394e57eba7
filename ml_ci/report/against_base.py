"""The gate's condition about the base: no loss beyond chance and beyond what may be lost."""

from __future__ import annotations

from ml_ci.changes.result import Changes, Paired
from ml_ci.params.gate import GateSettings
from ml_ci.report.check_names import AGAINST_BASE, WARNING
from ml_ci.report.schema import GateCheck, Outcome


def base_checks(changes: Changes, settings: GateSettings) -> tuple[GateCheck, ...]:
    """One check where there is something to compare with, none otherwise.

    A network that was trained again from the same inputs, on another processor, never fails it.
    """
    test = changes.paired
    if test is None or not test.images:
        return ()
    outcome, sentence = _judged(test, settings, expected=changes.expected)
    return (GateCheck(name=AGAINST_BASE, outcome=outcome, sentence=sentence),)


def _judged(test: Paired, settings: GateSettings, *, expected: bool) -> tuple[Outcome, str]:
    if test.verdict != "worse":
        return "pass", test.sentence
    if test.loss <= settings.smallest_loss:
        lost = f"{test.loss:.4f} of accuracy lost, no more than `gate.smallest_loss`"
        return "pass", f"{test.sentence}; {lost} ({settings.smallest_loss:g})"
    if expected:
        nobody = "trained again from the same inputs, so this is nobody's doing"
        return "warn", f"{WARNING}{test.sentence}; {nobody}"
    if settings.worse_than_base == "warn":
        return "warn", f"{WARNING}{test.sentence}"
    return "fail", test.sentence
