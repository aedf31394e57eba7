"""Invariants judged: what should not matter to an answer, and what it means when it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml_ci.artifacts.inquiry import Apart, Held, Invariant, InvariantName, InvariantsRecord
from ml_ci.noise import NoiseFloor
from ml_ci.parity.check import Check, Outcome
from ml_ci.parity.checks.causes import Pattern, cause_of
from ml_ci.steps import LOGITS, PROBABILITIES

ALIKE = "an answer of its own"
NAMES: dict[InvariantName, str] = {
    "repeated": "the same request again",
    "order": "another order",
    "batch": "alone and in a batch",
    "place": "another place in the batch",
    "neighbours": "other neighbours in the batch",
    "concurrent": "requests under way at once",
    "fresh process": "a fresh process",
    "device": "CPU and accelerator",
}
_HOW: dict[InvariantName, str] = {
    "repeated": "when asked again",
    "order": "in another order",
    "batch": "in a batch than alone",
    "place": "at another place in the batch",
    "neighbours": "beside another neighbour in the batch",
    "concurrent": "while others are under way",
    "fresh process": "by a fresh process",
    "device": "on the accelerator",
}
# Clients see these; the rungs below are told by the reference only
_TELLING = (PROBABILITIES.name, LOGITS.name)


def invariant_checks(record: InvariantsRecord, noise: NoiseFloor) -> tuple[Check, ...]:
    """One for each invariant, and one that no two images get the same numbers.

    Differences within the noise floor, and labels that flip between classes as near as that, count
    as the same.
    """
    judged = [_Judged.of(invariant, noise) for invariant in record.invariants]
    pattern = Pattern(
        differing=frozenset(one.name for one in judged if one.differing),
        mixed_up=frozenset(one.name for one in judged if one.is_mixed_up),
        alike=bool(record.alike),
    )
    return (*(_check(one, pattern, noise) for one in judged), _alike(record))


def excused(checks: Sequence[Check], reference: Sequence[Check]) -> tuple[Check, ...]:
    """A target's checks beside the ``reference``'s own: what that fails too blames no target."""
    failed = {check.name for check in reference if check.outcome == "differs"}
    return tuple(
        check.model_copy(
            update={
                "outcome": "unknown",
                "evidence": f"{check.evidence}; the reference fails this too, "
                "so the target is not to blame",
            }
        )
        if check.outcome == "differs" and check.name in failed
        else check
        for check in checks
    )


def reference_failure(checks: Sequence[Check]) -> str | None:
    """What the reference's own ``checks`` find, in one sentence; None when it keeps its own.

    With one, nothing that differs from the reference is any target's doing.
    """
    failed = next((check for check in checks if check.outcome == "differs"), None)
    if failed is None:
        return None
    return f"the reference itself is not to be relied on ({failed.name}): {failed.evidence}"


@dataclass(frozen=True, kw_only=True)
class _Judged:
    """An invariant, and the images that break it."""

    invariant: Invariant
    differing: tuple[Held, ...]
    """The worst first."""
    is_mixed_up: bool
    """Most of those got the answer of another image; a single one may look like it by chance."""

    @classmethod
    def of(cls, invariant: Invariant, noise: NoiseFloor) -> _Judged:
        differing = [one for one in invariant.held if _differs(one, noise)]
        differing.sort(key=lambda one: -_excess(one, noise))
        return cls(
            invariant=invariant,
            differing=tuple(differing),
            is_mixed_up=2 * sum(_is_of_another(one, noise) for one in differing) > len(differing),
        )

    @property
    def name(self) -> InvariantName:
        return self.invariant.name


def _check(judged: _Judged, pattern: Pattern, noise: NoiseFloor) -> Check:
    outcome, evidence = _outcome(judged, pattern, noise)
    return Check(topic="invariants", name=NAMES[judged.name], outcome=outcome, evidence=evidence)


def _outcome(judged: _Judged, pattern: Pattern, noise: NoiseFloor) -> tuple[Outcome, str]:
    invariant, held = judged.invariant, judged.invariant.held
    if invariant.not_asked:
        return "unknown", f"not asked: {invariant.not_asked}"
    if judged.differing:
        cause = cause_of(judged.name, pattern)
        evidence = f"{_differences(judged, noise)}: {cause.sentence}{_unanswered(held)}"
        return cause.outcome, evidence
    if any(one.failures for one in held):
        return "unknown", _unanswered(held).removeprefix("; ")
    if not any(one.answers for one in held):
        return "unknown", "not asked: there is no golden image that the reference could answer"
    return "agrees", _agreement(held, noise)


def _differences(judged: _Judged, noise: NoiseFloor) -> str:
    worst, held = judged.differing[0], judged.invariant.held
    counted = f"{len(judged.differing)} of {len(held)} images are answered otherwise"
    return f"{counted} {_HOW[judged.name]}, {_worst(worst, noise)}"


def _worst(held: Held, noise: NoiseFloor) -> str:
    for apart in _telling_first(held):
        allowed = _allowed(noise, apart.step, apart.largest)
        if apart.worst is None:
            return f"with {apart.step} that are not finite or have another shape on {held.image}"
        if apart.worst > allowed:
            return (
                f"by up to {apart.worst:.3g} at {apart.step} on {held.image} "
                f"({allowed:.3g} is noise)"
            )
    label = held.other_label
    told = "" if label is None else f"as {label.other} instead of {label.usual} "
    return f"{told}on {held.image}"


def _agreement(held: Sequence[Held], noise: NoiseFloor) -> str:
    answers, identical = (sum(counts) for counts in zip(*map(_counts, held), strict=True))
    counted = f"{answers} answers about {len(held)} images"
    ties = [one.image for one in held if one.other_label is not None]
    flipped = f"; the class changes between equally likely ones on {ties[0]}" if ties else ""
    if identical == answers:
        return f"{counted}, all as the first, to the last bit"
    steps = [_telling_first(one)[0] for one in held if one.apart]
    if not steps:  # a label alone is told, and it flipped where two classes are equally likely
        return f"{counted}, {identical} as the first{flipped}"
    furthest = max(steps, key=lambda apart: apart.worst or 0.0)
    allowed = _allowed(noise, furthest.step, furthest.largest)
    return (
        f"{counted}, {identical} as the first to the last bit, the others within "
        f"{furthest.worst or 0.0:.3g} at {furthest.step} ({allowed:.3g} is noise){flipped}"
    )


def _unanswered(held: Sequence[Held]) -> str:
    """Begins with a semicolon; empty when everything was answered."""
    failures = sum(one.failures for one in held)
    if not failures:
        return ""
    first = next(one for one in held if one.failures)
    asked = failures + sum(one.answers for one in held)
    return f"; {failures} of {asked} questions were not answered, {first.image}: {first.failure}"


def _alike(record: InvariantsRecord) -> Check:
    outcome: Outcome = "agrees"
    evidence = f"{len(record.images)} images, no two of different classes with the same numbers"
    if len(record.images) < 2:
        reasons = {one.not_asked for one in record.invariants}
        reason = reasons.pop() if len(reasons) == 1 else ""
        outcome = "unknown"
        evidence = f"not asked: {reason or 'it takes two golden images'}"
    if record.alike:
        pair, more = record.alike[0], len(record.alike) - 1
        others = f" (and {more} more pairs)" if more else ""
        outcome = "differs"
        evidence = (
            f"{pair.image} and {pair.other}{others} get the same numbers to the last bit, though "
            "the reference tells them apart: a cache that takes one for the other, or a network "
            "that does not see the picture?"
        )
    return Check(topic="invariants", name=ALIKE, outcome=outcome, evidence=evidence)


def _differs(held: Held, noise: NoiseFloor) -> bool:
    beyond = any(
        apart.worst is None or apart.worst > _allowed(noise, apart.step, apart.largest)
        for apart in held.apart
    )
    return beyond or _flips(held, noise)


def _flips(held: Held, noise: NoiseFloor) -> bool:
    """The class changes, and not between two that are equally likely."""
    label = held.other_label
    if label is None:
        return False
    if label.gap is None or label.step is None:
        return True
    largest = next((apart.largest for apart in held.apart if apart.step == label.step), 1.0)
    # Both classes may move by the allowance, towards each other
    return label.gap > 2 * _allowed(noise, label.step, largest)


def _is_of_another(held: Held, noise: NoiseFloor) -> bool:
    if held.like is None:
        return False
    apart = next(one for one in held.apart if one.step == held.like.step)
    allowed = _allowed(noise, held.like.step, apart.largest)
    return held.like.apart <= allowed and (apart.worst is None or apart.worst > allowed)


def _excess(held: Held, noise: NoiseFloor) -> float:
    """How many times the allowance; the image to name is the one furthest beyond it."""
    excesses = [
        np.inf if one.worst is None else one.worst / _allowed(noise, one.step, one.largest)
        for one in held.apart
    ]
    return max(excesses, default=0.0)


def _telling_first(held: Held) -> list[Apart]:
    first = {step: place for place, step in enumerate(_TELLING)}
    return sorted(held.apart, key=lambda apart: first.get(apart.step, len(first)))


def _counts(held: Held) -> tuple[int, int]:
    return held.answers, held.identical


def _allowed(noise: NoiseFloor, step: str, largest: float) -> float:
    return noise.allowed_inherited(step, np.asarray([largest]))
