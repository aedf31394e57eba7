"""Levels: every level of every picture becomes another one, by a rule that has a name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.faults.curves import LEVELS, Table, as_table, looked_up, observed
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pair, Retouch, Touch
from ml_ci.steps import IMAGE

_UNIT: NDArray[np.float64] = LEVELS / 255


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A table with a name."""

    name: str
    said: str
    table: Table
    server: str = ""
    grain: float = 1.0
    """Some round, some truncate."""


@dataclass(frozen=True, kw_only=True)
class Rules(Retouch):
    """A few tables, one of which a target may follow."""

    rules: tuple[Rule, ...]

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """All of them."""
        del reference
        return [self._touch(rule) for rule in self.rules]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """Those that the target follows."""
        del reference
        curve = observed(pairs)
        if curve is None:
            return []
        followed = [rule for rule in self.rules if curve.is_by(rule.table, rule.grain)]
        return [self._touch(rule) for rule in followed]

    def _touch(self, rule: Rule) -> Touch:
        return Touch(
            parameters={"rule": rule.name} if len(self.rules) > 1 else {},
            said=rule.said,
            change=looked_up(rule.table),
            grain=rule.grain,
            server=rule.server,
        )


def _to_linear(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """sRGB → light, IEC 61966-2-1."""
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _from_linear(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Light → sRGB, IEC 61966-2-1."""
    return np.where(share <= 0.0031308, share * 12.92, 1.055 * share ** (1 / 2.4) - 0.055)


FAULTS = (
    Rules(
        id="inverted",
        step=IMAGE.name,
        title="Dark and light exchanged",
        symptom="all answers are wrong, as if every picture were a negative",
        source="plausible",
        witness="any picture that is not grey all over",
        server="look for `255 - image`, an inverted mask, or a check of the background's "
        "brightness, and remove it",
        rules=(
            Rule(
                name="negative", said="levels are inverted: 255 − v", table=as_table(255 - LEVELS)
            ),
        ),
    ),
    Rules(
        id="signed-bytes",
        step=IMAGE.name,
        title="Bytes taken as signed, or the other way round",
        symptom="light and dark halves of the range are exchanged",
        source="plausible",
        witness="any picture",
        server="levels are unsigned bytes: mask them with `& 0xff` (Java's are signed), and leave "
        "the offset of 128 to the quantisation that asks for it",
        rules=(
            Rule(
                name="offset",
                said="bytes are taken as signed: (v + 128) mod 256",
                table=as_table((LEVELS + 128) % 256),
                grain=0.0,
            ),
        ),
    ),
    Rules(
        id="srgb-linear",
        step=IMAGE.name,
        title="sRGB taken as linear light, or the other way round",
        symptom="pictures are much too dark or too light",
        source="plausible",
        witness="any picture with middle tones",
        server="feed the levels of the file as they are: look for a colour space setting of the "
        "graphics library (`colorSpace`, `sRGB` textures)",
        rules=(
            Rule(
                name="linear instead of sRGB",
                said="sRGB levels are turned into linear light",
                table=as_table(255 * _to_linear(_UNIT)),
            ),
            Rule(
                name="sRGB instead of linear",
                said="levels are encoded as sRGB once more, as if they were linear light",
                table=as_table(255 * _from_linear(_UNIT)),
            ),
        ),
    ),
    Rules(
        id="limited-range",
        step=IMAGE.name,
        title="Limited (16–235) and full range mixed up",
        symptom="pictures have too little or too much contrast, and blacks are grey or lost",
        source="https://github.com/NVIDIA/DALI/issues/1012",
        witness="any picture with dark and light parts",
        server="JPEG is full range (0–255): tell the video or camera library so (`color_range`, "
        "`COLOR_RANGE_FULL`)",
        rules=(
            Rule(
                name="limited",
                said="levels are squeezed into 16–235",
                table=as_table(16 + LEVELS * 219 / 255),
            ),
            Rule(
                name="stretched",
                said="levels 16–235 are stretched to 0–255, as if the range were limited",
                table=as_table((LEVELS - 16) * 255 / 219),
            ),
        ),
    ),
)


def has_a_name(pairs: Sequence[Pair]) -> bool:
    """Whether one of the rules above says what became of every level."""
    curve = observed(pairs)
    rules = [rule for fault in FAULTS for rule in fault.rules]
    return curve is not None and any(curve.is_by(rule.table, rule.grain) for rule in rules)
