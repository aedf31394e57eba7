"""Moved: the picture is shifted by some pixels, or lies in memory otherwise than it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ml_ci.parity.faults.fault import Make, Parameter, Seen, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pair, Pixels, Retouch, Touch, nearest, of_one_size
from ml_ci.parity.faults.ways import Way, Ways
from ml_ci.steps import IMAGE

_FILLS = ("wrapped", "edge", "black", "white")
_LEVELS = {"black": 0, "white": 255}
_COMPARED = 6  # pictures: the largest, in which a shift is seen best
_ALIGNED = (4, 8, 16, 32, 64)  # bytes that rows are padded to


@dataclass(frozen=True, kw_only=True)
class Shift(Retouch):
    """Whole pixels, to the right and down."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Both."""
        return tuple(
            Parameter(name=name, low=-16, high=16, whole=True) for name in ("right", "down")
        )

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """One pixel."""
        del reference
        return [self._touch(1, 0, "edge"), self._touch(0, 1, "edge"), self._touch(1, 1, "black")]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """Where both correlate most, by the Fourier transform; the filling by trying all."""
        del reference
        if not of_one_size(pairs):
            return []
        some = sorted(pairs, key=lambda pair: -pair[0].size)[:_COMPARED]
        votes = Counter(_shift_of(ours, theirs) for ours, theirs in some)
        votes.pop((0, 0), None)
        if not votes:
            return []
        down, right = votes.most_common(1)[0][0]
        return nearest([self._touch(right, down, fill) for fill in _FILLS], some)

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This shift; what comes in repeats the edge."""
        del reference
        right, down = (round(value) for value in values[:2])
        return self.variant(self._touch(right, down, "edge")) if right or down else None

    def _touch(self, right: int, down: int, fill: str) -> Touch:
        return Touch(
            parameters={"right": right, "down": down, "filled": fill},
            said=f"pictures are shifted by {right} px to the right and {down} px down ({fill})",
            change=lambda picture: shifted(picture, right, down, fill),
        )


def shifted(picture: Pixels, right: int, down: int, fill: str) -> Pixels:
    """(H, W, 3), of the same size."""
    if fill == "wrapped":
        return np.roll(picture, (down, right), axis=(0, 1))
    height, width = picture.shape[:2]
    rows, columns = np.arange(height) - down, np.arange(width) - right
    moved: Pixels = picture[rows.clip(0, height - 1)][:, columns.clip(0, width - 1)]
    if fill in _LEVELS:
        moved[(rows < 0) | (rows >= height)] = _LEVELS[fill]
        moved[:, (columns < 0) | (columns >= width)] = _LEVELS[fill]
    return moved


def _shift_of(ours: Pixels, theirs: Pixels) -> tuple[int, int]:
    """(down, right) by phase correlation: Kuglin and Hines, 1975."""
    first, second = (np.fft.rfft2(one.astype(float).sum(axis=2)) for one in (ours, theirs))
    cross = second * first.conj()
    phase = cross / np.maximum(np.abs(cross), 1e-9)
    peaks = np.fft.irfft2(phase, s=ours.shape[:2])
    place = np.unravel_index(int(peaks.argmax()), peaks.shape)
    down, right = (
        int(at) - (side if at > side // 2 else 0)
        for at, side in zip(place, ours.shape[:2], strict=True)
    )
    return down, right


def _read_anew(read: Callable[[Pixels], Pixels]) -> Make:
    def make(seen: Seen, reference: Reference) -> Pixels:
        return read(np.asarray(reference.flatten(seen.decoded, seen.content), np.uint8))

    return make


def _planes_as_pixels(picture: Pixels) -> Pixels:
    return picture.transpose(2, 0, 1).reshape(picture.shape)


def _pixels_as_planes(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    return np.ascontiguousarray(picture.reshape(3, height, width).transpose(1, 2, 0))


def _sides_exchanged(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    return picture.reshape(width, height, 3)


def _padded_rows(aligned: int) -> Callable[[Pixels], Pixels]:
    """Rows that are padded to a multiple of ``aligned`` bytes, read as if they were not."""

    def read(picture: Pixels) -> Pixels:
        height, width = picture.shape[:2]
        padding = -width * 3 % aligned
        rows = np.pad(picture.reshape(height, width * 3), ((0, 0), (0, padding)))
        return rows.ravel()[: picture.size].reshape(picture.shape)

    return read


_SERVER = "look at how the buffer is read: {}"

FAULTS = (
    Shift(
        id="shifted",
        step=IMAGE.name,
        title="Shifted by some pixels",
        symptom="answers are slightly off, most of all for small pictures",
        source="plausible",
        witness="any picture with detail",
        server="look for an offset when the picture is cropped, copied or drawn on a canvas",
    ),
    Ways(
        id="buffer-misread",
        step=IMAGE.name,
        title="The picture's memory read in another order",
        symptom="pictures are scrambled or skewed, and all answers arbitrary",
        source="plausible",
        witness="any picture; for exchanged sides one that is not square",
        parameter="layout",
        ways=(
            Way(
                name="planes read as pixels",
                said="planes (C×H×W) are read as pixels (H×W×C)",
                server=_SERVER.format("transpose, do not reshape, from C×H×W to H×W×C"),
                make=_read_anew(_planes_as_pixels),
            ),
            Way(
                name="pixels read as planes",
                said="pixels (H×W×C) are read as planes (C×H×W)",
                server=_SERVER.format("transpose, do not reshape, from H×W×C to C×H×W"),
                make=_read_anew(_pixels_as_planes),
            ),
            Way(
                name="sides exchanged",
                said="the buffer is read with height and width exchanged",
                server=_SERVER.format("width × height of a library is height × width of an array"),
                make=_read_anew(_sides_exchanged),
            ),
            *(
                Way(
                    name=f"rows of {aligned} bytes",
                    said=f"rows are padded to {aligned} bytes and read as if they were not",
                    server=_SERVER.format("go from row to row by its stride"),
                    make=_read_anew(_padded_rows(aligned)),
                )
                for aligned in _ALIGNED
            ),
        ),
    ),
)
