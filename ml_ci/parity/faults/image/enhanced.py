"""Enhanced: every picture is improved by what it shows itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageOps

from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pixels
from ml_ci.parity.faults.ways import Way, Ways
from ml_ci.steps import IMAGE

Enhance = Callable[[Image.Image], Image.Image]


def _by(enhance: Enhance) -> Make:
    def make(seen: Seen, reference: Reference) -> Pixels:
        picture = np.asarray(reference.flatten(seen.decoded, seen.content), np.uint8)
        return np.array(enhance(Image.fromarray(picture)).convert("RGB"))

    return make


def _equalised_brightness(image: Image.Image) -> Image.Image:
    luma, blue, red = image.convert("YCbCr").split()
    return Image.merge("YCbCr", (ImageOps.equalize(luma), blue, red)).convert("RGB")


def _stretched(percent: float) -> Enhance:
    return lambda image: ImageOps.autocontrast(image, cutoff=percent)


_SERVER = "remove the enhancement, or enhance the training pictures in the same way"

FAULTS = (
    Ways(
        id="equalised",
        step=IMAGE.name,
        title="Histogram equalised",
        symptom="pictures have much more contrast, most of all dull ones",
        source="plausible",
        witness="any picture whose levels are not spread evenly",
        ways=(
            Way(
                name="each channel",
                said="the histogram of each channel is equalised",
                server=_SERVER,
                make=_by(ImageOps.equalize),
            ),
            Way(
                name="brightness",
                said="the histogram of the brightness is equalised",
                server=_SERVER,
                make=_by(_equalised_brightness),
                grain=1.0,
            ),
        ),
    ),
    Ways(
        id="autocontrast",
        step=IMAGE.name,
        title="Contrast stretched to the whole range",
        symptom="dull pictures have more contrast, others are as before",
        source="plausible",
        witness="a picture without black or without white",
        parameter="cutoff",
        ways=tuple(
            Way(
                name=f"{percent:g} %",
                said="contrast is stretched per picture and channel until black and white occur"
                + (f", {percent:g} % cut off at both ends" if percent else ""),
                server=_SERVER,
                make=_by(_stretched(percent)),
                grain=1.0,  # Pillow truncates
            )
            for percent in (0.0, 1.0, 2.0, 5.0)
        ),
    ),
)
