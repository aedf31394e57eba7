"""What lies beside the pixels in a file, and is applied: ICC profile, gamma, a second picture."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image, ImageCms

from ml_ci.data.decode import Decoded
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fault import Make
from ml_ci.parity.faults.opening import opened
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.ways import Way, Ways
from ml_ci.steps import DECODED

Again = Callable[[Image.Image], Image.Image | None]
_SCREEN = 2.2  # gamma of the screen that a PNG's gAMA is made up for


def _where(again: Again) -> Make:
    """``again`` of pictures that it gives something for, others as they should be."""

    def make(content: bytes, reference: Reference) -> Decoded:
        decoded = reference.decode(content)
        with opened(content) as image:
            found = again(image)
            if found is None:
                return decoded
            return Decoded(pixels=np.atleast_3d(np.array(found)), mode=found.mode)

    return make


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _by_profile(intent: ImageCms.Intent) -> Again:
    def again(image: Image.Image) -> Image.Image | None:
        profile = image.info.get("icc_profile")
        if not profile or image.mode not in ("RGB", "RGBA", "L", "CMYK"):
            return None
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        try:
            return ImageCms.profileToProfile(image, own, _srgb(), intent, mode)
        except ImageCms.PyCMSError as error:
            raise StepError(f"its ICC profile cannot be applied: {error}") from error

    return again


def _by_gamma(image: Image.Image) -> Image.Image | None:
    """255 · (v / 255)^(1 / (gAMA · 2.2)), W3C's PNG specification, 13.13; alpha as it is."""
    gamma = image.info.get("gamma")
    if not gamma or image.mode not in ("L", "RGB", "RGBA", "LA"):
        return None
    curve = np.rint(255 * (np.arange(256) / 255) ** (1 / (gamma * _SCREEN)))
    bands = image.split()
    opaque = len(bands) - (image.mode in ("RGBA", "LA"))
    table = [int(level) for level in curve]
    changed = [band.point(table) if at < opaque else band for at, band in enumerate(bands)]
    return Image.merge(image.mode, changed)


def _second(image: Image.Image) -> Image.Image | None:
    if getattr(image, "n_frames", 1) < 2:
        return None
    image.seek(1)
    return image.convert("RGB") if image.mode not in ("L", "RGB") else image


_SERVER = "ignore what lies beside the pixels: {}"

FAULTS = (
    Ways(
        id="profile-applied",
        step=DECODED.name,
        title="ICC profile applied",
        symptom="pictures with a colour profile are answered otherwise, most photos as before",
        source="plausible",
        witness="a picture with an ICC profile other than sRGB",
        parameter="intent",
        ways=tuple(
            Way(
                name=name,
                said=f"the ICC profile is applied ({name} intent)",
                server=_SERVER.format("switch the decoder's colour management off"),
                make=_where(_by_profile(intent)),
                grain=1.0,
            )
            for name, intent in (
                ("perceptual", ImageCms.Intent.PERCEPTUAL),
                ("relative colorimetric", ImageCms.Intent.RELATIVE_COLORIMETRIC),
            )
        ),
    ),
    Ways(
        id="file-gamma-applied",
        step=DECODED.name,
        title="A PNG's gamma applied",
        symptom="PNGs with a gamma of their own are darker or lighter, others as before",
        source="plausible",
        witness="a PNG with a gAMA chunk other than 1/2.2",
        ways=(
            Way(
                name="gAMA",
                said="the gamma of PNGs (gAMA) is applied",
                server=_SERVER.format("switch the decoder's gamma correction off"),
                make=_where(_by_gamma),
                grain=1.0,
            ),
        ),
    ),
    Ways(
        id="second-picture",
        step=DECODED.name,
        title="Another picture of a file with several",
        symptom="photos of phones that store two pictures in a file are answered otherwise",
        source="plausible",
        witness="a JPEG of several pictures (MPO)",
        ways=(
            Way(
                name="second",
                said="the second picture of a file with several is taken",
                server="take the first picture: seek to frame 0",
                make=_where(_second),
            ),
        ),
    ),
)
