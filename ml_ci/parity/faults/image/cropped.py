"""Cropped: the border of every picture is cut off, or one is added."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from ml_ci.parity.faults.fault import Parameter, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pair, Pixels, Retouch, Touch, nearest
from ml_ci.steps import IMAGE

_MOST_PLACES = 400  # tried for a cut of some pixels
_COMPARED = 4


@dataclass(frozen=True, kw_only=True)
class Cropped(Retouch):
    """A share of the middle is kept, a square of it, or some pixels are cut off each side."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The share of both sides that is kept."""
        return (Parameter(name="share", low=0.3, high=0.999, whole=False),)

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """The ratio of 224 to 256, nine tenths, a square, one pixel."""
        del reference
        return [self._share(0.875), self._share(0.9), self._square(), self._pixels((1, 1, 1, 1))]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """From the sizes; where the cut lies, by trying."""
        del reference
        if not pairs or any(_larger(ours, theirs) for ours, theirs in pairs):
            return []
        some = [pair for pair in pairs if pair[0].shape != pair[1].shape]
        some = sorted(some, key=lambda pair: pair[0].size)[-_COMPARED:]
        if not some:
            return []
        found = [self._square(), *self._shares(pairs), *self._cuts(pairs)]
        return nearest([touch for touch in found if _fits(touch, pairs)], some)

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This share."""
        del reference
        return self.variant(self._share(float(values[0]))) if 0 < values[0] < 1 else None

    def _shares(self, pairs: Sequence[Pair]) -> list[Touch]:
        sides = [
            (after, before)
            for ours, theirs in pairs
            for before, after in zip(ours.shape[:2], theirs.shape[:2], strict=True)
        ]
        low = max((after - 0.5) / before for after, before in sides)
        high = min((after + 0.5) / before for after, before in sides)
        found = [round((low + high) / 2, digits) for digits in (1, 2, 3)]
        return [self._share(share) for share in (*found, (low + high) / 2) if 0 < share < 1]

    def _cuts(self, pairs: Sequence[Pair]) -> list[Touch]:
        cut = {(len(ours) - len(theirs), ours.shape[1] - theirs.shape[1]) for ours, theirs in pairs}
        if len(cut) != 1:
            return []
        [(rows, columns)] = cut
        if (rows + 1) * (columns + 1) > _MOST_PLACES:
            return []
        return [
            self._pixels((top, rows - top, left, columns - left))
            for top, left in product(range(rows + 1), range(columns + 1))
        ]

    def _share(self, share: float) -> Touch:
        def change(picture: Pixels) -> Pixels:
            height, width = (max(1, round(side * share)) for side in picture.shape[:2])
            return _middle(picture, height, width)

        return Touch(
            parameters={"share": share},
            said=f"pictures are cut to the middle {share:.1%} of both sides first",
            change=change,
        )

    def _square(self) -> Touch:
        def change(picture: Pixels) -> Pixels:
            side = min(picture.shape[:2])
            return _middle(picture, side, side)

        return Touch(
            parameters={"kept": "square"},
            said="pictures are cut to the square in their middle first",
            change=change,
        )

    def _pixels(self, cut: tuple[int, int, int, int]) -> Touch:
        top, bottom, left, right = cut

        def change(picture: Pixels) -> Pixels:
            height, width = picture.shape[:2]
            if height <= top + bottom or width <= left + right:
                raise ValueError("nothing would be left of it")
            return picture[top : height - bottom, left : width - right]

        return Touch(
            parameters={"top": top, "bottom": bottom, "left": left, "right": right},
            said=f"{top} px are cut off at the top, {bottom} at the bottom, {left} on the left, "
            f"{right} on the right",
            change=change,
        )


@dataclass(frozen=True, kw_only=True)
class Bordered(Retouch):
    """A border of one colour is added: some pixels on each side, or up to a square."""

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """A square, in black and white; one pixel."""
        del reference
        return [
            self._touch(1, 0, (0, 0, 0)),
            self._touch(1, 0, (255, 255, 255)),
            self._touch(0, 1, (0, 0, 0)),
        ]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """Pixels from the sizes, the colour from what was added."""
        del reference
        grown = [pair for pair in pairs if _larger(*pair)]
        if not grown:
            return []
        ours, theirs = max(grown, key=lambda pair: pair[1].size)
        tall, wide = len(theirs) - len(ours), theirs.shape[1] - ours.shape[1]
        corner = theirs[-1, -1]
        colour = (int(corner[0]), int(corner[1]), int(corner[2]))
        pixels = min(tall, wide) // 2
        found = [self._touch(1, 0, colour), self._touch(2, 0, colour)]
        found += [self._touch(0, pixels, colour)] if pixels else []
        return nearest([touch for touch in found if _fits(touch, pairs)], grown[:_COMPARED])

    def _touch(self, square: int, pixels: int, colour: tuple[int, int, int]) -> Touch:
        """``square``: 0 none, 1 in the middle of it, 2 in its upper left corner."""

        def change(picture: Pixels) -> Pixels:
            height, width = picture.shape[:2]
            side = max(height, width) if square else 0
            tall, wide = (side, side) if square else (height + 2 * pixels, width + 2 * pixels)
            canvas = np.empty((tall, wide, 3), np.uint8)
            canvas[:] = colour
            top, left = (0, 0) if square == 2 else ((tall - height) // 2, (wide - width) // 2)
            canvas[top : top + height, left : left + width] = picture
            return canvas

        where = {1: "to a square, in its middle,", 2: "to a square, in its upper left corner,"}
        border = where.get(square, f"by {pixels} px on each side,")
        return Touch(
            parameters={"border": ("pixels", "square", "square, upper left")[square]}
            | ({"pixels": pixels} if pixels else {})
            | {"colour": colour},
            said=f"pictures are padded {border} with the colour {list(colour)} first",
            change=change,
        )


def _middle(picture: Pixels, height: int, width: int) -> Pixels:
    top, left = (picture.shape[0] - height) // 2, (picture.shape[1] - width) // 2
    return picture[top : top + height, left : left + width]


def _larger(ours: Pixels, theirs: Pixels) -> bool:
    return bool(theirs.shape[0] > ours.shape[0] or theirs.shape[1] > ours.shape[1])


def _fits(touch: Touch, pairs: Sequence[Pair]) -> bool:
    """Whether all sizes become what they are."""
    try:
        return all(touch.change(ours).shape == theirs.shape for ours, theirs in pairs)
    except ValueError:
        return False


FAULTS = (
    Cropped(
        id="cropped-before",
        step=IMAGE.name,
        title="Border cut off before preprocessing",
        symptom="what stands at the edge of pictures is missed, and the rest seen larger",
        source="plausible",
        witness="any picture",
        server="hand the whole picture to preprocessing, which crops by itself where it should",
        script="`preprocess.fit: crop` or `short_side_crop` crop here, too",
    ),
    Bordered(
        id="padded-before",
        step=IMAGE.name,
        title="A border added before preprocessing",
        symptom="everything is seen smaller",
        source="plausible",
        witness="a picture that is not square",
        server="hand the picture without a border to preprocessing, which pads by itself where it "
        "should",
        script="`preprocess.fit: pad` with `pad_colour` pads to a square here, too",
    ),
)
