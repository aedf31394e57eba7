"""Decoding: encoded bytes → pixels, the one function of training, server and device.

Imports nothing but NumPy, Pillow and the standard library, because the server carries it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from ml_ci.data.container import Format, check_complete, format_of, png_depth, webp_size
from ml_ci.data.flatten import Raster, flatten
from ml_ci.data.orientation import orientation_of, upright
from ml_ci.data.refusal import ImageError, LimitError

T = TypeVar("T")

__all__ = ["DecodeRule", "Decoded", "ImageError", "LimitError", "Picture", "read_image"]


@dataclass(frozen=True, kw_only=True)
class DecodeRule:
    """How bytes become pixels, and which bytes are refused; it travels with the model."""

    orientation: Literal["exif", "ignore"]
    background: tuple[int, int, int]
    """RGB levels 0–255 seen through transparent pixels."""
    max_bytes: int
    max_side: int
    max_pixels: int
    max_aspect: float
    """Longer ÷ shorter side."""

    def to_json(self) -> str:
        """One line of JSON that ``from_json`` reads."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> DecodeRule:
        """Read what ``to_json`` wrote. Raises ValueError on anything else."""
        try:
            fields = json.loads(text)
            red, green, blue = (int(level) for level in fields.pop("background"))
            rule = cls(background=(red, green, blue), **fields)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a decode rule: {error}") from error
        if rule.orientation not in ("exif", "ignore"):
            raise ValueError(f"not a decode rule: orientation {rule.orientation!r}")
        return rule


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """The rung `decoded`: pixels as the decoder gave them."""

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    """(H, W, C); indices for mode P, 0 or 255 for mode 1, uint16 for the 16-bit modes."""
    mode: str
    """Pillow's name of the mode; RGB;16, RGBA;16 and LA;16 where Pillow has none."""


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One image on the rungs `decoded` and `image`."""

    decoded: Decoded
    image: NDArray[np.uint8]
    """(H, W, 3) RGB, oriented and flattened."""


def read_image(content: bytes, rule: DecodeRule) -> Picture:
    """Decode one still PNG, JPEG, WebP, GIF or BMP.

    Limits are checked on the header, before any pixel is decoded. Of a multi-picture JPEG the first
    picture is taken. Raises ImageError with one sentence on everything refused, nothing else.
    """
    if len(content) > rule.max_bytes:
        raise LimitError(f"it has {len(content)} bytes; at most {rule.max_bytes} are taken")
    kind = format_of(content)
    check_complete(content, kind)
    image = _open(content, kind, rule)
    raster = _decode(image, content, kind)
    flat = _image_of(raster, image, rule)
    return Picture(decoded=Decoded(pixels=raster.pixels, mode=raster.mode), image=flat)


def image_from(decoded: Decoded, content: bytes, rule: DecodeRule) -> NDArray[np.uint8]:
    """The rung `image`, (H, W, 3), of pixels that another decoder gave for ``content``.

    Orientation, palette and the transparent colour are the file's. Raises ImageError when the file
    is refused, or its colours cannot be read from such pixels.
    """
    kind = format_of(content)
    image = _open(content, kind, rule)
    depth = png_depth(content) if kind == "PNG" else 8
    alike = decoded.mode.removesuffix(";16") == image.mode
    alike = alike and (decoded.pixels.dtype == np.uint16) == (depth == 16)
    raster = Raster(
        pixels=decoded.pixels,
        mode=decoded.mode,
        palette=_palette(image) if decoded.mode == image.mode == "P" else None,
        # In other pixels than the file's, its transparent level or colour cannot be found again
        clear=_clear_colour(image, depth) if alike else None,
    )
    return _image_of(raster, image, rule)


def _image_of(raster: Raster, image: Image.Image, rule: DecodeRule) -> NDArray[np.uint8]:
    flat = flatten(raster, rule.background)
    return flat if rule.orientation == "ignore" else upright(flat, orientation_of(_exif(image)))


def check_size(size: tuple[int, int], rule: DecodeRule) -> None:
    """Raise LimitError when a picture of this width and height is beyond the limits."""
    width, height = size
    if min(width, height) < 1:
        raise ImageError(f"it is {width}×{height} pixels")
    if max(width, height) > rule.max_side:
        raise LimitError(f"it is {width}×{height} pixels; a side has at most {rule.max_side}")
    if width * height > rule.max_pixels:
        raise LimitError(
            f"it is {width}×{height} = {width * height} pixels; at most {rule.max_pixels} are taken"
        )
    if max(width, height) > rule.max_aspect * min(width, height):
        raise LimitError(
            f"it is {width}×{height} pixels; one side may be at most "
            f"{rule.max_aspect:g} times the other"
        )


class _Jpeg(JpegImageFile):
    def _read_dpi_from_exif(self) -> None:
        """Resolution is not wanted, and looking for it warns about damaged EXIF."""


# The plugins themselves, not Image.open: it would try forty formats, and its own pixel limit warns.
_PLUGINS: dict[Format, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "PNG": PngImageFile,
    "JPEG": _Jpeg,
    "WebP": WebPImageFile,
    "GIF": GifImageFile,
    "BMP": BmpImageFile,
}


def _open(content: bytes, kind: Format, rule: DecodeRule) -> ImageFile.ImageFile:
    if kind == "WebP":
        check_size(webp_size(content), rule)
    image = _pillow(kind, lambda: _PLUGINS[kind](io.BytesIO(content)))
    check_size(image.size, rule)
    if _pillow(kind, lambda: bool(getattr(image, "is_animated", False))):
        raise ImageError(f"the {kind} is animated; only still images are taken")
    return image


def _decode(image: ImageFile.ImageFile, content: bytes, kind: Format) -> Raster:
    if kind == "PNG" and png_depth(content) == 16 and image.mode != "I;16":
        return _decode_deep(image, content)
    pixels = _pillow(kind, lambda: _array(image))
    palette = _palette(image) if image.mode == "P" else None
    depth = png_depth(content) if kind == "PNG" else 8
    return Raster(
        pixels=pixels, mode=image.mode, palette=palette, clear=_clear_colour(image, depth)
    )


def _decode_deep(image: ImageFile.ImageFile, content: bytes) -> Raster:
    """16-bit channels: Pillow keeps the high byte, so a second reading fetches the low one."""
    raw = image.tile[0].args
    if raw == "LA;16B":  # read as four bytes per pixel: grey high, low, alpha high, low
        image.tile = [image.tile[0]._replace(args="RGBA")]
        four = _pillow("PNG", lambda: _array(image)).astype(np.uint16)  # (H, W, 4)
        return Raster(pixels=four[..., ::2] * np.uint16(256) + four[..., 1::2], mode="LA;16")
    again = _pillow("PNG", lambda: PngImageFile(io.BytesIO(content)))
    again.tile = [again.tile[0]._replace(args=f"{image.mode};16L")]
    high = _pillow("PNG", lambda: _array(image)).astype(np.uint16)  # (H, W, 3 or 4)
    low = _pillow("PNG", lambda: _array(again))
    return Raster(
        pixels=high * np.uint16(256) + low,
        mode=f"{image.mode};16",
        clear=_clear_colour(image, 16),
    )


def _array(image: ImageFile.ImageFile) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """(H, W, C), uint8 or uint16; bits as 0 and 255."""
    image.load()
    pixels = np.atleast_3d(np.array(image))
    if image.mode == "1":
        return pixels.astype(np.uint8) * np.uint8(255)
    if image.mode == "I;16":
        return pixels.astype(np.uint16)  # in this machine's byte order
    return pixels.astype(np.uint8, copy=False)


def _palette(image: Image.Image) -> NDArray[np.uint8]:
    """(256, 4): RGB and alpha; black and opaque beyond the file's palette."""
    table = np.zeros((256, 4), np.uint8)
    table[:, 3] = 255
    colours = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)[:256]
    table[: len(colours), :3] = colours
    clear = image.info.get("transparency")
    if isinstance(clear, bytes):
        table[: len(clear[:256]), 3] = np.frombuffer(clear[:256], np.uint8)
    elif isinstance(clear, int) and 0 <= clear < 256:
        table[clear, 3] = 0
    return table


def _clear_colour(image: Image.Image, depth: int) -> tuple[int, ...] | None:
    """The transparent level or colour in the unit of the decoded pixels."""
    clear = image.info.get("transparency")
    if image.mode in ("P", "RGBA", "LA") or clear is None:
        return None
    levels = clear if isinstance(clear, tuple) else (clear,)
    if 1 < depth < 8:  # Pillow widens the pixels to 0–255 but, except for bits, not this level
        return tuple(level * 255 // (2**depth - 1) for level in levels)
    return tuple(levels)


def _exif(image: Image.Image) -> bytes:
    block = image.info.get("exif")
    return block if isinstance(block, bytes) else b""


def _pillow(kind: Format, call: Callable[[], T]) -> T:
    """Whatever a damaged file makes Pillow raise, as one kind of error."""
    try:
        return call()
    except Exception as error:
        said = " ".join(str(error).split())
        reason = f"{type(error).__name__}: {said}" if said else type(error).__name__
        raise ImageError(f"the {kind} is damaged ({reason})") from error
