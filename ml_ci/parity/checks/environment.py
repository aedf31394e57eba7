"""The environment: what two sides run on, as a difference, with what can matter in front.

Another machine or version is a note, whatever the verdict: it explains, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ml_ci.artifacts.bounds import ENTRIES
from ml_ci.artifacts.model_facts import PREFIX as MODEL_PREFIX
from ml_ci.data.probe_values import PREFIX as PROBE_PREFIX
from ml_ci.parity.check import Check, Outcome
from ml_ci.parity.checks.probe_check import decoder_check, probes_agree, resize_check
from ml_ci.parity.checks.relevance import PIXELS, RELEVANCE, matters
from ml_ci.parity.checks.wording import quoted
from ml_ci.steps import RESIZED


def environment_checks(
    reference: Mapping[str, str], target: Mapping[str, str], first_step: str | None
) -> tuple[Check, ...]:
    """What differs, first what can be why the sides part at ``first_step`` (None: they do not)."""
    if not target or not reference:
        side = "reference" if target else "target"
        return (_check("environment", "unknown", f"the {side} does not tell what it runs on"),)
    ours, theirs = _machine(reference), _machine(target)
    shared = [entry for entry in _in_order(ours) if entry in theirs]
    others = [entry for entry in shared if ours[entry] != theirs[entry]]
    suspects = [entry for entry in others if matters(entry, first_step)]
    rest = [entry for entry in others if entry not in suspects]
    decoders, resizing = decoder_check(reference, target), resize_check(reference, target)
    in_front = [decoders] * (first_step in PIXELS) + [resizing] * (first_step == RESIZED.name)
    behind = [check for check in (decoders, resizing) if check not in in_front]
    in_front = [check.model_copy(update={"step": first_step}) for check in in_front]
    return (
        *in_front,
        *(_suspect(entry, reference, target, first_step) for entry in suspects),
        *behind,
        *([_rest(rest, ours, theirs)] if rest else []),
        *_told_by_one(ours, theirs),
        _same([entry for entry in shared if entry not in others], shared),
    )


def _machine(entries: Mapping[str, str]) -> dict[str, str]:
    """Without probes and what is said of the model, which have checks of their own."""
    kept = {
        entry: value
        for entry, value in entries.items()
        if not entry.startswith((PROBE_PREFIX, MODEL_PREFIX))
    }
    return dict(list(kept.items())[:ENTRIES])


def _in_order(entries: Mapping[str, str]) -> list[str]:
    """As in the table of what matters; then what is not in it."""
    return [entry for entry in RELEVANCE if entry in entries] + [
        entry for entry in entries if entry not in RELEVANCE
    ]


def _suspect(
    entry: str, reference: Mapping[str, str], target: Mapping[str, str], step: str | None
) -> Check:
    evidence = f"{_values(entry, reference, target)}: {RELEVANCE[entry].reason}"
    if probes_agree(entry, reference, target):
        evidence += "; but every probe of it decodes to the same pixels on both sides"
    return _check(entry, "note", evidence, step)


def _rest(entries: Sequence[str], ours: Mapping[str, str], theirs: Mapping[str, str]) -> Check:
    told = "; ".join(f"{quoted(entry)}: {_values(entry, ours, theirs)}" for entry in entries)
    return _check("other entries", "note", told)


def _values(entry: str, ours: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    if entry == "instruction sets":
        return _sets(ours[entry].split(), theirs[entry].split())
    return f"the target has {quoted(theirs[entry])}, the reference {quoted(ours[entry])}"


def _sets(ours: Sequence[str], theirs: Sequence[str]) -> str:
    lacking = {
        "the target lacks": [name for name in ours if name not in theirs],
        "the reference lacks": [name for name in theirs if name not in ours],
    }
    return ", ".join(f"{side} {' '.join(names)}" for side, names in lacking.items() if names)


def _told_by_one(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[Check]:
    """What is not there is not told either, like torch on a server: which of both is unknown."""
    told = {
        "reference": [f"{quoted(e)} {quoted(ours[e])}" for e in _in_order(ours) if e not in theirs],
        "target": [f"{quoted(e)} {quoted(theirs[e])}" for e in _in_order(theirs) if e not in ours],
    }
    sentences = [f"only the {side} has {', '.join(some)}" for side, some in told.items() if some]
    return [_check("told by one side", "note", "; ".join(sentences))] if sentences else []


def _same(same: Sequence[str], shared: Sequence[str]) -> Check:
    if not shared:
        return _check("same entries", "unknown", "the sides tell nothing that can be compared")
    if not same:
        return _check("same entries", "note", f"none of {len(shared)} entries is the same")
    names = ", ".join(map(quoted, same))
    sentence = f"{len(same)} of {len(shared)} entries are the same: {names}"
    return _check("same entries", "agrees", sentence)


def _check(name: str, outcome: Outcome, evidence: str, step: str | None = None) -> Check:
    return Check(topic="environment", name=name, outcome=outcome, step=step, evidence=evidence)
