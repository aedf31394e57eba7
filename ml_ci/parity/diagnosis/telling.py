"""Telling images: the few that say most about what is wrong with a target."""

from __future__ import annotations

from collections.abc import Sequence

from ml_ci.parity.diagnosis.closeness import Close

FEW = 6
_AGREEING = 1
"""One that agrees: a fault that would change it, too, is refuted by it."""


def telling(clean: Close, kinds: Sequence[str], few: int = FEW) -> tuple[int, ...]:
    """Places of up to ``few`` images: those furthest off, of different ``kinds``, and one that is
    not off at all.

    ``clean`` is how far the target is from the reference without any fault.
    """
    beyond = [
        residual / allowed if allowed else residual
        for residual, allowed in zip(clean.residuals, clean.allowed, strict=True)
    ]
    order = sorted(range(len(beyond)), key=lambda place: (-beyond[place], place))
    off = [place for place in order if not clean.right[place]]
    agreeing = [place for place in order if clean.right[place]][:_AGREEING]
    picked: list[int] = []
    while off and len(picked) < few - len(agreeing):
        seen = [kinds[place] for place in picked]
        best = min(off, key=lambda place: seen.count(kinds[place]))  # min keeps the first of equals
        picked.append(best)
        off.remove(best)
    return (*picked, *agreeing)
