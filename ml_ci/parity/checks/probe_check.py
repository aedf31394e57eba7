"""Probe checks: whether two sides see and resize the same fixed pictures alike.

Never more than a note: the golden set decides what matters, a probe says what else is different.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ml_ci.data.probe_values import (
    NOT_DECODED,
    PREFIX,
    RESIZED_PREFIX,
    SAME_LEVEL,
    same_values,
    worst_level,
)
from ml_ci.parity.check import Check, Outcome
from ml_ci.parity.checks.relevance import DECODERS
from ml_ci.parity.checks.wording import named, quoted

Entries = Mapping[str, str]


def decoder_check(reference: Entries, target: Entries) -> Check:
    """What decoding makes of the probe images."""
    name = "decoder probes"
    ours, theirs = (_decoded(entries) for entries in (reference, target))
    shared = [probe for probe in ours if probe in theirs]
    if not shared:
        return _check(name, "unknown", _silent(ours, "decoded the probe images"))
    others = [probe for probe in shared if ours[probe] != theirs[probe]]
    if not others:
        return _check(name, "agrees", f"all {len(shared)} decode to the same pixels on both sides")
    refused = {
        side: [probe for probe in others if probes[probe] == NOT_DECODED]
        for side, probes in (("target", theirs), ("reference", ours))
    }
    seen = [probe for probe in others if NOT_DECODED not in (ours[probe], theirs[probe])]
    sentences = [_other_pixels(seen, shared, reference, target)] if seen else []
    sentences += [
        f"the {side} does not decode {named(some)}" for side, some in refused.items() if some
    ]
    return _check(name, "note", "; ".join(sentences))


def resize_check(reference: Entries, target: Entries) -> Check:
    """What resizing makes of the generated pictures."""
    name = "resize probes"
    shared = [key for key in reference if key.startswith(RESIZED_PREFIX) and key in target]
    if not shared:
        ours = [key for key in reference if key.startswith(RESIZED_PREFIX)]
        return _check(name, "unknown", _silent(ours, "resized the generated pictures"))
    others = {
        key.removeprefix(RESIZED_PREFIX): worst_level(reference[key], target[key])
        for key in shared
        if not same_values(key, [reference[key], target[key]])
    }
    if not others:
        sentence = f"all {len(shared)} come out alike, within {SAME_LEVEL:g} grey level"
        return _check(name, "agrees", sentence)
    told = ", ".join(
        f"{size} by {worst:.3g}" if math.isfinite(worst) else f"{size} in no comparable numbers"
        for size, worst in others.items()
    )
    sentence = f"{len(others)} of {len(shared)} come out otherwise, in grey levels: {told}"
    return _check(name, "note", sentence)


def probes_agree(entry: str, reference: Entries, target: Entries) -> bool:
    """Whether there are probes of what this entry stands for, and all of them agree."""
    ours, theirs = (_decoded(entries) for entries in (reference, target))
    probes = [probe for probe in ours if probe in theirs and entry in _decoders(probe)]
    return bool(probes) and all(ours[probe] == theirs[probe] for probe in probes)


def _decoded(entries: Entries) -> dict[str, str]:
    return {
        key.removeprefix(PREFIX): value
        for key, value in entries.items()
        if key.startswith(PREFIX) and not key.startswith(RESIZED_PREFIX)
    }


def _decoders(probe: str) -> tuple[str, ...]:
    return DECODERS.get(probe.partition(" ")[0], ())


def _other_pixels(
    probes: Sequence[str], shared: Sequence[str], reference: Entries, target: Entries
) -> str:
    entries = list(dict.fromkeys(entry for probe in probes for entry in _decoders(probe)))
    told = [entry for entry in entries if entry in reference and entry in target]
    others = [entry for entry in told if reference[entry] != target[entry]]
    where = f"{len(probes)} of {len(shared)} decode to other pixels: {named(probes)}"
    if told and not others:
        versions = ", ".join(f"{entry} {quoted(reference[entry])}" for entry in told)
        return f"THE SAME VERSION, OTHER PIXELS: both sides have {versions}, and yet {where}"
    versions = "; ".join(
        f"{entry} is {quoted(target[entry])}, the reference has {quoted(reference[entry])}"
        for entry in others
    )
    return f"{where} ({versions})" if versions else where


def _silent(ours: object, what: str) -> str:
    return f"the {'target' if ours else 'reference'} does not tell how it {what}"


def _check(name: str, outcome: Outcome, evidence: str) -> Check:
    return Check(topic="environment", name=name, outcome=outcome, evidence=evidence)
