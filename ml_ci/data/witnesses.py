"""Witnesses: one picture as every kind of file in which some mistake of a server shows.

A golden set can only notice what its images can show. These are derived from pictures that are at
hand, or from a few fixed ones, which tell what could be noticed at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_ci.data.prepare import encoding

Pixels = NDArray[np.uint8]

SEED = 20_261_125
# Height × width: shrunk a lot, a little, and enlarged by any usual network's size; odd sides; long
SIZES = ((300, 212), (97, 131), (40, 23), (61, 244))


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of file."""

    name: str
    said: str
    """With its article: `a JPEG with EXIF orientation 6`."""
    suffix: str
    derive: Callable[[Pixels], bytes]
    """uint8 (H, W, 3) → the encoded file."""


def kinds() -> tuple[Kind, ...]:
    """Every kind, the plainest first."""
    return (*_plain(), *_jpegs(), *_turned(), *_transparent(), *_few_colours(), *_deep())


def derived(pixels: Pixels) -> Iterator[tuple[Kind, bytes]]:
    """``pixels`` as every kind of file."""
    for kind in kinds():
        yield kind, kind.derive(pixels)


def standard_witnesses() -> dict[str, bytes]:
    """Fixed pictures of several sizes as every kind of file, by name; the same on every machine
    whose encoders are."""
    return {
        f"{height}x{width}-{kind.name}{kind.suffix}": content
        for number, (height, width) in enumerate(SIZES)
        for kind, content in derived(scene(height, width, SEED + number))
    }


def scene(height: int, width: int, seed: int) -> Pixels:
    """(H, W, 3): slow colours, hard edges, saturated areas and fine texture; no symmetry."""
    random = np.random.default_rng(seed)
    down, across = np.mgrid[0:height, 0:width] / max(height, width)  # (H, W) each, 0…1
    angles, phases = random.uniform(0, 2 * math.pi, (2, 3))
    paces = random.uniform(1.5, 4, 3)
    waves = np.sin(
        paces * (down[..., None] * np.sin(angles) + across[..., None] * np.cos(angles)) * math.pi
        + phases
    )  # (H, W, 3), −1…1
    levels = 128 + 90 * waves
    top, left = height // 7, width // 5
    levels[top : height // 2, left : width // 2] = random.choice([0, 255, 40, 220], 3)
    levels[height // 2 : -top, width // 2 : -left] = random.uniform(0, 255, 3)
    corner = levels[-(height // 3) :, : width // 3]
    rows, columns = np.indices(corner.shape[:2])
    corner += 70 * ((rows // 2 + columns // 3) % 2 - 0.5)[..., None]
    picture: Pixels = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    return picture


def finely_textured(pixels: Pixels) -> Pixels:
    """With stripes of one pixel, which alias when they are shrunk without care."""
    rows, columns = np.indices(pixels.shape[:2])
    stripes = np.where((rows + columns) % 2 == 0, 60, -60)[..., None]
    textured: Pixels = np.clip(pixels.astype(np.int64) + stripes, 0, 255).astype(np.uint8)
    return textured


def _plain() -> Iterator[Kind]:
    yield _kind("png", "a PNG in colour", ".png", lambda pixels: _as(pixels, "PNG"))
    yield _kind(
        "texture",
        "a picture with texture as fine as its pixels",
        ".png",
        lambda pixels: _as(finely_textured(pixels), "PNG"),
    )
    yield _kind("bmp", "a BMP", ".bmp", lambda pixels: _as(pixels, "BMP"))
    yield _kind(
        "webp", "a lossy WebP", ".webp", lambda pixels: _as(pixels, "WEBP", quality=75, method=4)
    )
    yield _kind(
        "webp-lossless",
        "a lossless WebP",
        ".webp",
        lambda pixels: _as(pixels, "WEBP", lossless=True),
    )
    yield _kind(
        "icc",
        "a picture with a colour profile",
        ".png",
        lambda pixels: encoding.with_profile(pixels, "PNG"),
    )


def _jpegs() -> Iterator[Kind]:
    for sampling in ("4:2:0", "4:2:2", "4:4:4"):
        short = sampling.replace(":", "")
        yield _kind(f"jpeg-{short}", f"a JPEG with {sampling} chroma", ".jpg", _jpeg(90, sampling))
    yield _kind("jpeg-low", "a JPEG of low quality", ".jpg", _jpeg(25, "4:2:0"))
    yield _kind(
        "jpeg-progressive", "a progressive JPEG", ".jpg", _jpeg(85, "4:2:0", progressive=True)
    )
    yield _kind(
        "jpeg-grey",
        "a grey JPEG",
        ".jpg",
        lambda pixels: encoding.save(_grey(pixels), "JPEG", quality=88),
    )
    yield _kind("cmyk", "a CMYK JPEG", ".jpg", _cmyk)
    yield _kind(
        "cmyk-plain",
        "a CMYK JPEG without Adobe's marker",
        ".jpg",
        lambda pixels: encoding.without_adobe_marker(_cmyk(pixels)),
    )


def _turned() -> Iterator[Kind]:
    for orientation in range(2, 9):
        yield _kind(
            f"exif-{orientation}",
            f"a JPEG with EXIF orientation {orientation}",
            ".jpg",
            _with_orientation(orientation),
        )


def _transparent() -> Iterator[Kind]:
    yield _kind(
        "alpha",
        "a PNG with transparency",
        ".png",
        lambda pixels: encoding.save(_translucent(pixels), "PNG"),
    )
    yield _kind(
        "alpha-webp",
        "a WebP with transparency",
        ".webp",
        lambda pixels: encoding.save(_translucent(pixels), "WEBP", lossless=True, exact=True),
    )
    yield _kind(
        "grey-alpha",
        "a grey PNG with transparency",
        ".png",
        lambda pixels: encoding.save(_translucent(pixels).convert("LA"), "PNG"),
    )
    yield _kind(
        "clear-colour",
        "a PNG with one transparent colour",
        ".png",
        lambda pixels: encoding.save(_posterised(pixels), "PNG", transparency=_commonest(pixels)),
    )


def _few_colours() -> Iterator[Kind]:
    yield _kind("grey", "a grey PNG", ".png", lambda pixels: encoding.save(_grey(pixels), "PNG"))
    yield _kind(
        "palette",
        "a PNG with a palette",
        ".png",
        lambda pixels: encoding.save(_palette(pixels), "PNG"),
    )
    yield _kind(
        "palette-alpha",
        "a PNG whose palette has transparency",
        ".png",
        lambda pixels: encoding.save(
            _palette(pixels), "PNG", transparency=bytes(range(0, 256, 16))
        ),
    )
    yield _kind("gif", "a GIF", ".gif", lambda pixels: encoding.save(_palette(pixels), "GIF"))
    yield _kind(
        "one-bit",
        "a PNG of one bit",
        ".png",
        lambda pixels: encoding.save(
            _grey(pixels).point(lambda level: 255 * (level > 127), "1"), "PNG"
        ),
    )


def _deep() -> Iterator[Kind]:
    for name, said, channels in (
        ("sixteen-grey", "a grey PNG of 16 bits", 1),
        ("sixteen-rgb", "a PNG of 16 bits", 3),
        ("sixteen-rgba", "a PNG of 16 bits with transparency", 4),
    ):
        yield _kind(name, said, ".png", _sixteen(channels))


def _kind(name: str, said: str, suffix: str, derive: Callable[[Pixels], bytes]) -> Kind:
    return Kind(name=name, said=said, suffix=suffix, derive=derive)


def _as(pixels: Pixels, kind: str, **options: object) -> bytes:
    return encoding.save(Image.fromarray(pixels), kind, **options)


def _jpeg(quality: int, sampling: str, *, progressive: bool = False) -> Callable[[Pixels], bytes]:
    return lambda pixels: _as(
        pixels, "JPEG", quality=quality, subsampling=sampling, progressive=progressive
    )


def _cmyk(pixels: Pixels) -> bytes:
    return encoding.save(encoding.cmyk(pixels), "JPEG", quality=92)


def _with_orientation(orientation: int) -> Callable[[Pixels], bytes]:
    def derive(pixels: Pixels) -> bytes:
        image, exif = encoding.turned(pixels, orientation)
        return encoding.save(image, "JPEG", quality=92, subsampling="4:4:4", exif=exif)

    return derive


def _grey(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels).convert("L")


def _translucent(pixels: Pixels) -> Image.Image:
    """From clear at the left to opaque at the right, over and over; colours are stored beneath."""
    width = pixels.shape[1]
    alpha = np.broadcast_to(np.arange(width) * 1024 // width % 256, pixels.shape[:2])
    return Image.fromarray(np.dstack([pixels, alpha]).astype(np.uint8), mode="RGBA")


def _posterised(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels // 64 * np.uint8(64))


def _commonest(pixels: Pixels) -> tuple[int, ...]:
    colours, counts = np.unique(
        (pixels // 64 * np.uint8(64)).reshape(-1, 3), axis=0, return_counts=True
    )
    return tuple(int(level) for level in colours[counts.argmax()])


def _palette(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels).quantize(16, dither=Image.Dither.NONE)


def _sixteen(channels: int) -> Callable[[Pixels], bytes]:
    def derive(pixels: Pixels) -> bytes:
        levels = pixels.astype(np.uint16) * 257
        # Low bytes of their own: what keeps only the high ones differs in rounding
        levels ^= (np.indices(pixels.shape[:2]).sum(axis=0) * 37 % 256).astype(np.uint16)[..., None]
        if channels == 1:
            return encoding.sixteen_bit_png(levels[..., 1:2])
        if channels == 3:
            return encoding.sixteen_bit_png(levels)
        alpha = np.asarray(_translucent(pixels))[..., 3:].astype(np.uint16) * 257
        return encoding.sixteen_bit_png(np.concatenate([levels, alpha], axis=2))

    return derive
