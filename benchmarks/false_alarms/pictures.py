"""Pictures that are sent: some of the golden set, and some of quite another kind."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images  # type: ignore[import-untyped]

from ml_ci.artifacts import paths
from ml_ci.data.samples import read_golden

Pixels = NDArray[np.uint8]
SEED = 20_261_125


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One encoded picture."""

    name: str
    content: bytes
    plain: bool
    """A PNG of 8-bit RGB: every decoder gives the same pixels."""


def sent_pictures(each: int) -> tuple[Sent, ...]:
    """``each`` of the golden set, spread over it, and as many that no model here has seen."""
    golden = [
        Sent(name=sample.name, content=sample.path.read_bytes(), plain=False)
        for sample in read_golden(paths.GOLDEN)
    ]
    other = [
        Sent(name=f"other-{name}.png", content=as_png(pixels, 6), plain=True)
        for name, pixels in _other()
    ]
    return (*spread(golden, each), *spread(other, each))


def spread(pictures: Sequence[Sent], count: int) -> list[Sent]:
    """So many, evenly over all of them; all where there are fewer."""
    places = np.unique(np.linspace(0, len(pictures) - 1, min(count, len(pictures))).round())
    return [pictures[int(place)] for place in places]


def as_png(pixels: Pixels, level: int) -> bytes:
    """Encoded with a zlib ``level``; the pixels are the same at every one."""
    with io.BytesIO() as file:
        Image.fromarray(pixels).save(file, "PNG", compress_level=level)
        return file.getvalue()


def _other() -> Iterator[tuple[str, Pixels]]:
    """Photographs in pieces of many shapes, digits as blocks, textures, and the plainest of all."""
    random = np.random.default_rng(SEED)
    # First and last, so that every choice has them: what is rounded alike everywhere adds up
    yield "black", np.zeros((64, 64, 3), np.uint8)
    for number, photograph in enumerate(load_sample_images().images):
        for height, width in ((427, 640), (224, 224), (60, 331), (400, 97), (31, 45)):
            top = random.integers(0, photograph.shape[0] - height + 1)
            left = random.integers(0, photograph.shape[1] - width + 1)
            piece = photograph[top : top + height, left : left + width]
            yield f"photograph-{number}-{height}x{width}", np.ascontiguousarray(piece)
    for place in (3, 500, 1000, 1500):
        blocks = np.kron(load_digits().images[place] / 16 * 255, np.ones((9, 7)))
        yield f"blocks-{place}", _grey(blocks)
    down, across = np.mgrid[0:120, 0:150]
    yield "checks", _grey(255 * ((down + across) % 2))
    yield "stripes", _grey(255 * (across % 3 == 0))
    yield "rings", _grey(127.5 + 127.5 * np.sin((down**2 + across**2) / 90))
    yield "ramp", _grey(across * 255 / 149)
    yield "noise", random.integers(0, 256, (77, 133, 3), dtype=np.uint8)
    yield "primary", (255 * random.integers(0, 2, (50, 50, 3))).astype(np.uint8)
    yield "dot", np.full((1, 1, 3), 200, np.uint8)
    yield "white", np.full((40, 90, 3), 255, np.uint8)


def _grey(levels: NDArray[np.floating] | NDArray[np.integer]) -> Pixels:
    grey = np.rint(levels).clip(0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)
