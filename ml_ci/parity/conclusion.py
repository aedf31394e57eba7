"""The conclusion: one verdict and one sentence from the ladder and the checks beside it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import TypeAdapter

from ml_ci.artifacts.bounds import Text
from ml_ci.artifacts.inquiry import AccuracyRecord
from ml_ci.parity.check import Check
from ml_ci.parity.checks.invariants import reference_failure
from ml_ci.parity.result import ParityResult
from ml_ci.steps import LADDER

_SYMPTOMS = ("accuracy",)
"""Topics that say that something is wrong, and not what."""
_TEXT = TypeAdapter(Text)
_TEXTS = ("sentence", "reference_failure")


def conclude(
    ladder: ParityResult,
    checks: Sequence[Check],
    *,
    reference: Sequence[Check] = (),
    accuracy: AccuracyRecord | None = None,
) -> ParityResult:
    """What ``ladder`` says, with the ``checks`` of the target and the ``reference``'s own.

    A check that differs makes the verdict `differs`, whatever the ladder says. Where the reference
    fails its own, that is the finding, and no step of any target is blamed.
    """
    found = ladder.model_copy(update={"checks": tuple(checks), "accuracy": accuracy})
    failure = reference_failure(reference)
    if failure is not None:
        return _blaming_nobody(found, failure)
    differing = [check for check in checks if check.outcome == "differs"]
    if differing:
        return _differing(found, differing)
    unknown = sum(check.outcome == "unknown" and check.topic != "environment" for check in checks)
    if not unknown or ladder.verdict != "pass":
        return found
    return _changed(found, sentence=f"{ladder.sentence}; {_could_not(unknown)}")


def _blaming_nobody(found: ParityResult, failure: str) -> ParityResult:
    return _changed(
        found,
        verdict="differs",
        sentence=f"{failure}; until it is, nothing here is any target's fault",
        first_step=None,
        faulty=(),
        reference_failure=failure,
    )


def _differing(found: ParityResult, differing: Sequence[Check]) -> ParityResult:
    names = ", ".join(check.name for check in differing)
    if found.verdict == "differs":
        return _changed(found, sentence=f"{found.sentence}; what differs as well: {names}")
    causes = [check for check in differing if check.topic not in _SYMPTOMS]
    if found.verdict == "unexplained" and not causes:
        return _changed(found, sentence=f"{found.sentence}; what differs as well: {names}")
    return _changed(
        found,
        verdict="differs",
        sentence=_told(found, (*causes, *differing)[0], len(differing) - 1),
        first_step=_lowest(differing),
    )


def _told(found: ParityResult, check: Check, more: int) -> str:
    """The check that says most, then what the ladder says."""
    others = f" (and {more} more check{'' if more == 1 else 's'})" if more else ""
    joint = ", although " if found.verdict == "pass" else "; "
    return f"{check.name} differs{others}: {check.evidence}{joint}{found.sentence}"


def _lowest(differing: Sequence[Check]) -> str | None:
    """The lowest step that a check tells about, which the ladder knew nothing of."""
    steps = {check.step for check in differing}
    return next((step.name for step in LADDER if step.name in steps), None)


def _could_not(count: int) -> str:
    return f"{count} check{'' if count == 1 else 's'} could not be made"


def _changed(found: ParityResult, **values: object) -> ParityResult:
    """Images and steps, of which there may be many, are taken over as they are."""
    texts = {name: _TEXT.validate_python(text) for name, text in values.items() if name in _TEXTS}
    return found.model_copy(update=values | texts)
