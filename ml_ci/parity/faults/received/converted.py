"""Converted on the way: written anew without loss, but for what the new file cannot hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from ml_ci.data.decode import image_from
from ml_ci.data.inspection import inspect
from ml_ci.data.orientation import UPRIGHT
from ml_ci.parity.faults.encoding import exif_of, png, saved
from ml_ci.parity.faults.fault import Make
from ml_ci.parity.faults.passing import Passing
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pixels
from ml_ci.parity.faults.ways import Way, Ways
from ml_ci.steps import RECEIVED

_LOST = Passing()
_APPLIED = Passing(orientation="applied", transparency="white")


def _written(passing: Passing, write: Callable[[Pixels], bytes]) -> Make:
    def make(content: bytes, reference: Reference) -> bytes:
        return write(passing.picture(content, reference))

    return make


def _transparent(passing: Passing) -> Make:
    """Pictures with transparency written anew without it, others as they are."""

    def make(content: bytes, reference: Reference) -> bytes:
        if not _is_transparent(content, reference):
            return content
        return png(passing.picture(content, reference), exif=passing.exif(content))

    return make


def _is_transparent(content: bytes, reference: Reference) -> bool:
    decoded = reference.decode(content)
    rules = (replace(reference.rule, background=level) for level in ((0, 0, 0), (255, 255, 255)))
    black, white = (image_from(decoded, content, rule) for rule in rules)
    return not np.array_equal(black, white)


def _grey(picture: Pixels) -> bytes:
    return png(np.array(Image.fromarray(picture).convert("L")))


def _palette(colours: int) -> Callable[[Pixels], bytes]:
    return lambda picture: saved(Image.fromarray(picture).quantize(colours), "PNG")


def _web_palette(picture: Pixels) -> bytes:
    return saved(Image.fromarray(picture).convert("P"), "PNG")


def _turned_and_kept(content: bytes, reference: Reference) -> bytes:
    """Upright, and EXIF says still that it is not."""
    if inspect(content).orientation == UPRIGHT:
        return content
    return png(_APPLIED.picture(content, reference), exif=exif_of(content))


_OWN_BYTES = "send the file's own bytes: {}"

FAULTS = (
    Ways(
        id="grey-on-the-way",
        step=RECEIVED.name,
        title="Turned grey on the way",
        symptom="coloured pictures are answered less surely, grey ones as before",
        source="plausible",
        witness="a picture in colour",
        parameter="orientation",
        ways=tuple(
            Way(
                name=passing.orientation,
                said=f"turned grey on the way ({passing.words})",
                server=_OWN_BYTES.format("a scanner or a gateway saves them as grey"),
                script="set `preprocess.channels: 1` and train again",
                make=_written(passing, _grey),
                grain=1.0,
            )
            for passing in (_LOST, _APPLIED)
        ),
    ),
    Ways(
        id="palette-on-the-way",
        step=RECEIVED.name,
        title="Reduced to a palette on the way",
        symptom="pictures with soft colours show bands or dots",
        source="plausible",
        witness="a picture with more than 256 colours",
        parameter="palette",
        ways=(
            Way(
                name="256 colours of its own",
                said="reduced to 256 colours on the way, as for GIF",
                server=_OWN_BYTES.format("look for a conversion to GIF or an optimiser of PNGs"),
                make=_written(_LOST, _palette(256)),
            ),
            Way(
                name="64 colours of its own",
                said="reduced to 64 colours on the way",
                server=_OWN_BYTES.format("look for an optimiser of PNGs"),
                make=_written(_LOST, _palette(64)),
            ),
            Way(
                name="web palette, dithered",
                said="reduced to the web palette on the way, dithered",
                server=_OWN_BYTES.format("look for Pillow's `convert('P')` or a GIF"),
                make=_written(_LOST, _web_palette),
            ),
        ),
    ),
    Ways(
        id="transparency-on-the-way",
        step=RECEIVED.name,
        title="Transparency filled or dropped on the way",
        symptom="only pictures with transparency are answered otherwise",
        source="https://github.com/cubicdaiya/ngx_small_light/pull/100",
        witness="a picture with transparent pixels",
        parameter="transparency",
        ways=tuple(
            Way(
                name=name,
                said=said,
                server=_OWN_BYTES.format("a gateway or widget writes them anew without alpha"),
                make=_transparent(Passing(orientation="kept", transparency=name)),
                possible=possible,
            )
            for name, said, possible in (
                (
                    "black",
                    "transparent pixels are filled with black on the way",
                    lambda reference: reference.rule.background != (0, 0, 0),
                ),
                (
                    "white",
                    "transparent pixels are filled with white on the way",
                    lambda reference: reference.rule.background != (255, 255, 255),
                ),
                ("dropped", "transparency is dropped on the way", lambda _: True),
            )
        ),
    ),
    Ways(
        id="turned-on-the-way",
        step=RECEIVED.name,
        title="Turned upright on the way, EXIF kept",
        symptom="photos of a phone held upright are turned twice",
        source="plausible",
        witness="a picture with an EXIF orientation other than 1",
        ways=(
            Way(
                name="kept",
                said="turned upright on the way, and EXIF still says to turn",
                server="whoever turns the pixels has to drop EXIF's orientation; or "
                + _OWN_BYTES.format("nothing needs to be turned on the way"),
                make=_turned_and_kept,
                possible=lambda reference: reference.rule.orientation == "exif",
            ),
        ),
    ),
)
