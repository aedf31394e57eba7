"""Deep levels: wrong ways from 16 bits to 8."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import Decoded
from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.ways import Way
from ml_ci.steps import DECODED

Deep = NDArray[np.uint16]
Narrow = Callable[[Deep], NDArray[np.uint8]]


def _high(levels: Deep) -> NDArray[np.uint8]:
    return (levels >> 8).astype(np.uint8)


def _low(levels: Deep) -> NDArray[np.uint8]:
    return (levels & 255).astype(np.uint8)


def _clipped(levels: Deep) -> NDArray[np.uint8]:
    return np.minimum(levels, 255).astype(np.uint8)


def _over_256(levels: Deep) -> NDArray[np.uint8]:
    rounded: NDArray[np.uint8] = np.minimum(np.rint(levels / 256), 255).astype(np.uint8)
    return rounded


def _over_257(levels: Deep) -> NDArray[np.uint8]:
    truncated: NDArray[np.uint8] = (levels // 257).astype(np.uint8)
    return truncated


def _stretched(levels: Deep) -> NDArray[np.uint8]:
    """The darkest becomes 0, the lightest 255."""
    lowest, highest = int(levels.min()), int(levels.max())
    span = max(highest - lowest, 1)
    return np.rint((levels.astype(np.float64) - lowest) * 255 / span).astype(np.uint8)


def _largest(levels: Deep) -> NDArray[np.uint8]:
    """The lightest becomes 255."""
    scaled: NDArray[np.uint8] = np.rint(levels * (255 / max(int(levels.max()), 1))).astype(np.uint8)
    return scaled


def _as_pillow(levels: Deep) -> NDArray[np.uint8]:
    """Pillow clips one grey channel and keeps the high byte of several."""
    return _clipped(levels) if levels.shape[2] == 1 else _high(levels)


_RULES: tuple[tuple[str, str, Narrow], ...] = (
    ("high byte", "16 bits are cut to their high byte (v >> 8)", _high),
    ("low byte", "16 bits are cut to their low byte", _low),
    ("clipped", "16-bit levels are clipped at 255", _clipped),
    (
        "Pillow",
        "16-bit grey is clipped at 255 and colour cut, as Pillow's `convert` does",
        _as_pillow,
    ),
    ("÷ 256", "16-bit levels are divided by 256 and rounded", _over_256),
    ("÷ 257, truncated", "16-bit levels are divided by 257 without rounding", _over_257),
    ("min–max", "16-bit pictures are stretched from their darkest to their lightest", _stretched),
    ("÷ maximum", "16-bit pictures are divided by their lightest level", _largest),
)
_TELLING = {
    "decoded": "the decoder narrows them; ",
    "image": "the decoder gives 16 bits, what comes after it narrows them; ",
}


def ways(step: str) -> tuple[Way, ...]:
    """All of them, done by the decoder or after it."""
    return tuple(
        Way(
            name=name,
            said=said,
            server=f"{_TELLING[step]}16 bits become 8 by round(v / 257)",
            make=_at_decoded(narrow) if step == DECODED.name else _at_image(narrow),
        )
        for name, said, narrow in _RULES
    )


def _narrowed(decoded: Decoded, narrow: Narrow) -> Decoded:
    """Other depths as they are."""
    if decoded.pixels.dtype != np.uint16 or decoded.pixels.size == 0:
        return decoded
    mode = "L" if decoded.mode == "I;16" else decoded.mode.removesuffix(";16")
    return Decoded(pixels=narrow(decoded.pixels.astype(np.uint16)), mode=mode)


def _at_decoded(narrow: Narrow) -> Make:
    def make(content: bytes, reference: Reference) -> Decoded:
        return _narrowed(reference.decode(content), narrow)

    return make


def _at_image(narrow: Narrow) -> Make:
    def make(seen: Seen, reference: Reference) -> object:
        return reference.flatten(_narrowed(seen.decoded, narrow), seen.content)

    return make
