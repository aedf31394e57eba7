"""The pictures people collect: each scan as a small PNG in colours, size and place of its own."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from ml_ci.data.prepare.drawing import Colour, Pixels, Sheet, blend, cover, luma
from ml_ci.data.prepare.scans import SEED, Scan

SMALLEST_SIDE, LARGEST_SIDE = 28, 48  # pixels
LEAST_CONTRAST = 120_000  # luma of ink against paper, thousandths of a grey level
FILL = (86, 101)  # the digit's box as per cent of the shorter side
NARROWEST = 80  # shorter side as per cent of the longer one


def write_pictures(scans: tuple[Scan, ...], folder: Path) -> None:
    """``<folder>/<class>/<number>.png`` for every scan."""
    for label in {scan.label for scan in scans}:
        (folder / label).mkdir(parents=True)
    for scan in scans:
        random = np.random.RandomState([SEED, scan.number])
        pixels = picture(scan, random)
        (folder / scan.label / f"{scan.number:04d}.png").write_bytes(png(pixels))


def picture(scan: Scan, random: np.random.RandomState) -> Pixels:
    """(H, W, 3) levels 0–255, sides 28–48."""
    ink, paper = _colours(random)
    return blend(cover(scan.levels, _sheet(random)), ink, paper)


def png(pixels: Pixels) -> bytes:
    """A PNG whose bytes don't depend on the processor.

    Run-length matching has no search that a faster instruction set could do differently.
    """
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_type=zlib.Z_RLE)
    return stream.getvalue()


def _sheet(random: np.random.RandomState) -> Sheet:
    longer = random.randint(SMALLEST_SIDE + 4, LARGEST_SIDE + 1)
    shorter = max(SMALLEST_SIDE, longer * random.randint(NARROWEST, 101) // 100)
    width, height = (longer, shorter) if random.randint(2) else (shorter, longer)
    box = shorter * random.randint(*FILL) // 100
    return Sheet(
        width=width,
        height=height,
        box=box,
        left=random.randint(0, width - box + 1),
        top=random.randint(0, height - box + 1),
    )


def _colours(random: np.random.RandomState) -> tuple[Colour, Colour]:
    """Ink and paper, either one the lighter."""
    while True:
        ink, paper = (_colour(random), _colour(random))
        if abs(luma(ink) - luma(paper)) >= LEAST_CONTRAST:
            return ink, paper


def _colour(random: np.random.RandomState) -> Colour:
    red, green, blue = random.randint(0, 256, size=3)
    return int(red), int(green), int(blue)
