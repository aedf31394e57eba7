"""Causes: what a pattern of broken invariants means, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from ml_ci.artifacts.inquiry import InvariantName
from ml_ci.parity.check import Outcome

BATCH_STATISTICS = "batch statistics (batch norm in training mode?)"


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """Which invariants are broken, and how."""

    differing: frozenset[InvariantName]
    mixed_up: frozenset[InvariantName]
    """Of those: the ones where most images that differ got the answer of another one."""
    alike: bool
    """Two images of different classes get the same numbers whatever is asked."""


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What one broken invariant means among the others."""

    sentence: str
    outcome: Outcome = "differs"


# Where an image got the answer of another one
_MIXED_UP: dict[InvariantName, str] = {
    "repeated": "it got the answer of another image: requests are mixed up",
    "order": "it got the answer of an earlier request: a buffer or a cache",
    "batch": "it got the answer of another image: the batch is mixed up",
    "place": "it got the answer of another image: the batch is mixed up",
    "neighbours": "it got the answer of another image: the batch is mixed up",
    "concurrent": "it got the answer of another image: requests are mixed up",
    "fresh process": "an image gets the answer of another one: a cache takes one for the other",
    "device": "it got the answer of another image",
}
_CHANGED: dict[InvariantName, str] = {
    "repeated": "something random is left on (dropout in training mode?)",
    "order": "something is kept from one request for the next",
    "batch": "the answer depends on how many are asked together",
    "place": "the answer depends on the place in the batch",
    "neighbours": f"the answer depends on the neighbours: {BATCH_STATISTICS}",
    "concurrent": "requests under way at once change each other: "
    f"a shared buffer, or one batch of them on {BATCH_STATISTICS}",
    "fresh process": "something is random when the process starts, or kept from earlier requests",
    "device": "an operation of the network computes something else there",
}


def cause_of(name: InvariantName, pattern: Pattern) -> Cause:
    """What the broken invariant ``name`` means."""
    random = "repeated" in pattern.differing - pattern.mixed_up
    if random and name not in ("repeated", "device"):
        # Whatever is asked differs then, and what is random may look like anything
        return Cause(
            sentence="nothing follows, the same request is not answered the same twice either",
            outcome="unknown",
        )
    if name in pattern.mixed_up or (name == "fresh process" and pattern.alike):
        return Cause(sentence=_MIXED_UP[name])
    if name == "batch" and "neighbours" in pattern.differing - pattern.mixed_up:
        return Cause(sentence=_CHANGED["neighbours"])
    return Cause(sentence=_CHANGED[name])
