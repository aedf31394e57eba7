"""Encoders: a drawn digit as the bytes of one golden picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ml_ci.data.prepare import encoding
from ml_ci.data.prepare.drawing import (
    Colour,
    Coverage,
    Pixels,
    Texture,
    blend,
    textured,
)


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What an encoder gets: how much ink lies where, in which colours, and the result."""

    coverage: Coverage
    ink: Colour
    paper: Colour
    texture: Texture

    @property
    def pixels(self) -> Pixels:
        """(H, W, 3) levels 0–255."""
        return textured(blend(self.coverage, self.ink, self.paper), self.texture)


Encode = Callable[[Drawn], bytes]


def jpeg(subsampling: str, quality: int, progressive: bool = False) -> Encode:
    def encode(drawn: Drawn) -> bytes:
        image = Image.fromarray(drawn.pixels)
        return encoding.save(
            image, "JPEG", quality=quality, subsampling=subsampling, progressive=progressive
        )

    return encode


def turned(kind: str, orientation: int) -> Encode:
    def encode(drawn: Drawn) -> bytes:
        image, exif = encoding.turned(drawn.pixels, orientation)
        options: dict[str, object] = {"exif": exif}
        if kind == "JPEG":
            options |= {"quality": 90, "subsampling": "4:2:0"}
        if kind == "WEBP":
            options |= {"lossless": True}
        return encoding.save(image, kind, **options)

    return encode


def plain(kind: str, mode: str = "RGB", **options: object) -> Encode:
    def encode(drawn: Drawn) -> bytes:
        return encoding.save(Image.fromarray(drawn.pixels).convert(mode), kind, **options)

    return encode


def alpha(kind: str, strength: int, hidden: Colour, **options: object) -> Encode:
    """``strength``: opacity of the ink, 0–255."""

    def encode(drawn: Drawn) -> bytes:
        alpha = (drawn.coverage.astype(np.int32) * strength // 255).astype(np.uint8)
        return encoding.save(encoding.with_alpha(alpha, drawn.ink, hidden), kind, **options)

    return encode


def palette(kind: str, transparency: bytes | int | None = None) -> Encode:
    def encode(drawn: Drawn) -> bytes:
        image = encoding.palette(drawn.coverage, drawn.ink, drawn.paper)
        options = {} if transparency is None else {"transparency": transparency}
        return encoding.save(image, kind, **options)

    return encode


def one_bit(drawn: Drawn) -> bytes:
    return encoding.save(Image.fromarray(drawn.coverage < 128), "PNG")


def grey_alpha(drawn: Drawn) -> bytes:
    grey = np.full_like(drawn.coverage, 40)
    return encoding.save(Image.fromarray(np.dstack([grey, drawn.coverage]), mode="LA"), "PNG")


def grey_key(drawn: Drawn) -> bytes:
    """Grey with one level declared transparent: dark paper that white shows through."""
    grey = np.asarray(Image.fromarray(drawn.pixels).convert("L"))
    return encoding.save(Image.fromarray(grey), "PNG", transparency=int(grey[0, 0]))


def sixteen(channels: int) -> Encode:
    """Every low byte used, so that cutting it off, rounding it and clipping it all differ."""

    def encode(drawn: Drawn) -> bytes:
        rows, columns = np.indices(drawn.coverage.shape)
        low = (rows * 31 + columns * 57) % 257  # spread over both sides of rounding
        levels = np.minimum(
            drawn.pixels.astype(np.int64) * 257 + np.expand_dims(low, axis=2), 65_535
        )
        alpha = drawn.coverage.astype(np.int64)[..., None] * 257
        planes = {
            1: levels[..., 1:2],
            2: np.concatenate([levels[..., 1:2], alpha], axis=2),
            3: levels,
            4: np.concatenate([levels, alpha], axis=2),
        }[channels]
        return encoding.sixteen_bit_png(planes.astype(np.uint16))

    return encode


def cmyk(drawn: Drawn) -> bytes:
    return encoding.save(encoding.cmyk(drawn.pixels), "JPEG", quality=90)


def cmyk_plain(drawn: Drawn) -> bytes:
    return encoding.without_adobe_marker(cmyk(drawn))


def ycck(drawn: Drawn) -> bytes:
    planes = encoding.ycck_planes(drawn.pixels)
    return encoding.as_ycck(encoding.save(planes, "JPEG", quality=90))


def multi(drawn: Drawn) -> bytes:
    return encoding.multi_picture(drawn.pixels)


def profiled(kind: str, **options: object) -> Encode:
    return lambda drawn: encoding.with_profile(drawn.pixels, kind, **options)
