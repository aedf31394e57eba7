"""Synthetic tensors judged: does the network differ, or what enters it?"""

from __future__ import annotations

from ml_ci.artifacts.inquiry import SyntheticInput, SyntheticRecord
from ml_ci.parity.check import Check, Outcome
from ml_ci.steps import LABEL, LOGITS

NAME = "synthetic tensors"


def synthetic_check(record: SyntheticRecord) -> Check:
    """All tensors in one row."""
    outcome, evidence = _outcome(record)
    return Check(topic="synthetic", name=NAME, outcome=outcome, step=LOGITS.name, evidence=evidence)


def _outcome(record: SyntheticRecord) -> tuple[Outcome, str]:
    if record.not_asked:
        return "unknown", f"not asked: {record.not_asked}"
    failures = [one for one in record.inputs if one.failure]
    answered = [one for one in record.inputs if not one.failure]
    differing = [one for one in answered if one.worst is None or one.worst > one.allowed]
    if differing:
        counted = f"{len(differing)} of {len(record.inputs)} tensors put straight into the network"
        worst = max(differing, key=_excess)
        sentence = f"the network itself differs: {counted} are answered otherwise, {_worst(worst)}"
        return "differs", sentence + _unanswered(failures)
    if failures or not answered:
        return "unknown", _unanswered(failures).removeprefix("; ") or "not asked: no tensor"
    worst = max(answered, key=_excess)
    names = ", ".join(one.name for one in answered)
    return "agrees", (
        f"{names} put straight into the network: {_agreement(worst)}; "
        "so if anything differs, it is what enters the network"
    )


def _worst(one: SyntheticInput) -> str:
    if one.step == LABEL.name:
        return f"{one.name} as {one.answered} instead of {one.expected}"
    if one.worst is None:
        return f"{one.name} with {one.step} that are not finite or of another shape"
    return (
        f"by up to {one.worst:.3g} at {one.step} on {one.name} ({one.allowed:.3g} is noise, "
        f"the largest logit is {one.largest_logit:.3g})"
    )


def _agreement(one: SyntheticInput) -> str:
    if one.step == LABEL.name:
        return "the same class each"
    return f"{one.step} within {one.worst or 0.0:.3g} ({one.allowed:.3g} is noise)"


def _unanswered(failures: list[SyntheticInput]) -> str:
    """Begins with a semicolon; empty when everything was answered."""
    if not failures:
        return ""
    first = failures[0]
    return f"; {len(failures)} tensors were not answered, {first.name}: {first.failure}"


def _excess(one: SyntheticInput) -> float:
    return float("inf") if one.worst is None else one.worst / one.allowed
