"""Leniency: checks that differ and close no gate, since the ladder or params.yaml knows better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ml_ci.noise import NoiseFloor, RungNoise
from ml_ci.parity.accepted import Accepted
from ml_ci.parity.check import Check
from ml_ci.parity.result import ParityResult
from ml_ci.steps import HASHED_STEPS, LOGITS, PROBABILITIES

# Same classes of the same pictures are another matter: those are never accepted by a number
_NEVER = ("model file", "class list")
_PER_LOGIT = 0.5  # softmax moves a probability by no more than half of what the logits move


def lenient(checks: Sequence[Check], accepted: Accepted) -> tuple[Check, ...]:
    """What differs about a step of which params.yaml accepts differences is a note."""
    return tuple(
        _as_note(check, f"a difference at {check.step} is accepted in params.yaml")
        if check.outcome == "differs"
        and check.name not in _NEVER
        and check.step is not None
        and check.step in accepted.steps
        else check
        for check in checks
    )


def excused_by_ladder(checks: Sequence[Check], ladder: ParityResult) -> tuple[Check, ...]:
    """Other bytes or pixels that the ladder makes nothing of are notes.

    Hashes tell that something is another; the ladder knows of other ways of recording, of what a
    later rung undoes, and of what params.yaml expects.
    """
    exact = [step for step in ladder.steps if step.step in _EXACT]
    if any(step.images for step in exact) or not any(step.compared for step in exact):
        return tuple(checks)
    return tuple(
        _as_note(check, "the ladder blames no image for it")
        if check.outcome == "differs" and check.name != "golden content"
        else check
        for check in checks
    )


def lenient_noise(noise: NoiseFloor, accepted: Accepted) -> NoiseFloor:
    """The noise floor, no smaller than the numbers that params.yaml allows of the target.

    Who computes more coarsely is further off between two of its own answers, too.
    """
    logits = accepted.number(LOGITS.name)
    wider = {
        LOGITS.name: logits,
        PROBABILITIES.name: max(accepted.number(PROBABILITIES.name), _PER_LOGIT * logits),
    }
    rungs = {
        step: _widened(rung, wider[step]) if step in wider else rung
        for step, rung in noise.rungs.items()
    }
    return NoiseFloor(rungs=rungs)


_EXACT = tuple(step.name for step in HASHED_STEPS)


def _widened(rung: RungNoise, least: float) -> RungNoise:
    return replace(rung, since={start: max(one, least) for start, one in rung.since.items()})


def _as_note(check: Check, why: str) -> Check:
    changed = {"outcome": "note", "evidence": f"{check.evidence}; {why}"}
    return Check.model_validate(check.model_dump() | changed)
