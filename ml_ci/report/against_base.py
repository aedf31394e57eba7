"""The gate's condition about the base: no worse than it, beyond chance."""

from __future__ import annotations

from ml_ci.changes.result import Changes
from ml_ci.report.check_names import AGAINST_BASE
from ml_ci.report.schema import GateCheck, Outcome


def base_checks(changes: Changes, worse_than_base: str) -> tuple[GateCheck, ...]:
    """One check where there is something to compare with, none otherwise.

    ``worse_than_base`` is `gate.worse_than_base`: with `warn` the sentence alone tells. A network
    that was trained again from the same inputs, on another processor, never fails it.
    """
    test = changes.paired
    if test is None or not test.images:
        return ()
    outcome: Outcome = "pass"
    sentence = test.sentence
    if test.verdict == "worse" and changes.expected:
        sentence += "; trained again from the same inputs, so this is nobody's doing"
    elif test.verdict == "worse" and worse_than_base == "fail":
        outcome = "fail"
    elif test.verdict == "worse":
        sentence = f"only a warning: {sentence}"
    return (GateCheck(name=AGAINST_BASE, outcome=outcome, sentence=sentence),)
