"""Colours that the decoder gives otherwise: order of channels, palette, alpha, grey."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ml_ci.data.container import format_of
from ml_ci.data.decode import Decoded, image_from
from ml_ci.data.inspection import inspect
from ml_ci.data.orientation import UPRIGHT, upright
from ml_ci.parity.faults.colours import WITH_ALPHA, colours_of
from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.luma import BT601
from ml_ci.parity.faults.opening import opened
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pixels
from ml_ci.parity.faults.ways import Way, Ways
from ml_ci.steps import DECODED


def _as_stored(reference: Reference) -> Reference:
    """A decoder's pixels are not turned yet."""
    return replace(reference, rule=replace(reference.rule, orientation="ignore"))


def _colour(content: bytes, reference: Reference) -> Pixels:
    """(H, W, 3), not turned, alpha dropped."""
    seen = Seen(content=content, decoded=reference.decode(content))
    return colours_of(seen, _as_stored(reference)).colour


def _blue_first(content: bytes, reference: Reference) -> Decoded:
    decoded = reference.decode(content)
    if decoded.mode.removesuffix(";16") in ("RGB", "RGBA"):
        order = [2, 1, 0, 3][: decoded.pixels.shape[2]]
        return Decoded(pixels=decoded.pixels[..., order], mode=decoded.mode)
    if decoded.mode in ("P", "CMYK"):
        return Decoded(pixels=_colour(content, reference)[..., ::-1].copy(), mode="RGB")
    return decoded


def _indices(content: bytes, reference: Reference) -> Decoded:
    decoded = reference.decode(content)
    return replace(decoded, mode="L") if decoded.mode == "P" else decoded


def _without_alpha(content: bytes, reference: Reference) -> Decoded:
    decoded = reference.decode(content)
    if decoded.mode not in (*WITH_ALPHA, "P"):
        return decoded
    return Decoded(pixels=_colour(content, reference), mode="RGB")


def _over_black(content: bytes, reference: Reference) -> Decoded:
    decoded = reference.decode(content)
    if decoded.mode not in (*WITH_ALPHA, "P"):
        return decoded
    rule = replace(_as_stored(reference).rule, background=(0, 0, 0))
    return Decoded(pixels=image_from(decoded, content, rule), mode="RGB")


def _own_luma(content: bytes, reference: Reference) -> Decoded:
    """A JPEG's own, else that of BT.601."""
    decoded = reference.decode(content)
    if format_of(content) == "JPEG" and decoded.mode == "RGB":
        with opened(content) as image:
            image.draft("L", image.size)
            return Decoded(pixels=np.array(image.convert("L"))[..., None], mode="L")
    return _luma(content, reference)


def _luma(content: bytes, reference: Reference) -> Decoded:
    """Of BT.601."""
    decoded = reference.decode(content)
    if decoded.mode in ("1", "L"):
        return decoded
    luma = _colour(content, reference) @ np.array(BT601)
    pixels: Pixels = np.floor(luma + 0.5).astype(np.uint8)[..., None]
    return Decoded(pixels=pixels, mode="L")


def _turned(content: bytes, reference: Reference) -> Decoded:
    decoded = reference.decode(content)
    orientation = inspect(content).orientation
    if orientation == UPRIGHT:
        return decoded
    turned: Pixels = upright(decoded.pixels, orientation)  # type: ignore[arg-type]
    return Decoded(pixels=turned, mode=decoded.mode)


def _has_colour(reference: Reference) -> bool:
    return reference.settings.channels == 3


def _grey(name: str, make: Make) -> Way:
    return Way(
        name=name,
        said=f"the decoder gives grey levels of coloured pictures, the luma {name}",
        server="decode in colour: OpenCV's `IMREAD_COLOR`, not `IMREAD_GRAYSCALE`",
        script="set `preprocess.channels: 1` and train again",
        make=make,
        grain=1.0,
        possible=_has_colour,
    )


_BLEND = "read alpha, too (OpenCV's `IMREAD_UNCHANGED`), and fill it with the background"

FAULTS = (
    Ways(
        id="decoder-blue-first",
        step=DECODED.name,
        title="The decoder gives blue first",
        symptom="coloured pictures are answered less surely, grey ones as before",
        source="https://github.com/open-mmlab/mmdeploy/issues/421",
        witness="a picture in colour",
        ways=(
            Way(
                name="BGR",
                said="the decoder gives BGR instead of RGB",
                server="OpenCV decodes to BGR: convert with "
                "`cv2.cvtColor(image, cv2.COLOR_BGR2RGB)`, or decode with `IMREAD_COLOR_RGB`",
                make=_blue_first,
            ),
        ),
    ),
    Ways(
        id="palette-as-grey",
        step=DECODED.name,
        title="Indices of a palette taken for grey levels",
        symptom="palette pictures are nearly black, others as before",
        source="plausible",
        witness="a palette picture",
        ways=(
            Way(
                name="indices",
                said="indices of palette pictures are taken for grey levels",
                server="look indices up in the palette: Pillow's `convert('RGBA')` before "
                "`numpy.asarray`",
                make=_indices,
            ),
        ),
    ),
    Ways(
        id="decoder-drops-alpha",
        step=DECODED.name,
        title="The decoder drops alpha",
        symptom="transparent pictures show what lies under their transparent pixels, often black",
        source="https://github.com/haskell-github-trust/Juicy.Pixels/issues/155",
        witness="a picture with alpha and another colour than the background under it",
        ways=(
            Way(
                name="dropped",
                said="the decoder drops alpha",
                server=_BLEND,
                make=_without_alpha,
            ),
            Way(
                name="over black",
                said="the decoder blends transparent pixels with black",
                server=_BLEND,
                script="set `preprocess.background: [0, 0, 0]`",
                make=_over_black,
                possible=lambda reference: reference.rule.background != (0, 0, 0),
            ),
        ),
    ),
    Ways(
        id="decoder-gives-grey",
        step=DECODED.name,
        title="The decoder gives grey",
        symptom="coloured pictures are answered less surely, grey ones as before",
        source="plausible",
        witness="a picture in colour",
        ways=(
            _grey("as it lies in JPEGs", _own_luma),
            _grey("of red, green and blue", _luma),
        ),
    ),
    Ways(
        id="decoder-turns",
        step=DECODED.name,
        title="The decoder turns the picture already",
        symptom="photos of a phone held upright are turned twice or mirrored",
        source="https://github.com/open-edge-platform/datumaro/pull/2113",
        witness="a picture with an EXIF orientation other than 1",
        ways=(
            Way(
                name="turned",
                said="the decoder turns pictures as EXIF says, and they are turned again after it",
                server="turn only once: decode with OpenCV's `IMREAD_IGNORE_ORIENTATION`, or drop "
                "`exif_transpose` after a decoder that turns",
                make=_turned,
            ),
        ),
    ),
)
