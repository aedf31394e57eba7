from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
from PIL import Image, ImageCms

from ml_ci.data.decode import Decoded
from ml_ci.data.prepare import encoding
from ml_ci.parity.faults.decoded.embedded import FAULTS
from ml_ci.parity.faults.fault import Evidence
from tests.builders.fault_targets import opened
from tests.builders.faults import explaining, pictures, reference, scene
from tests.builders.images import png_of

PICTURE = scene(30, 40)
WITH_PROFILE = encoding.with_profile(PICTURE, "PNG")
WITH_GAMMA = png_of(PICTURE, (b"gAMA", struct.pack(">I", 70000)))
TWO = encoding.multi_picture(scene(32, 48))
PLAIN = pictures()["wide.png"]


def explained(contents: list[bytes], *made: Any) -> list[tuple[str, dict[str, Any]]]:
    ours = reference()
    shown = Evidence(given=contents, made=[Decoded(pixels=one, mode="RGB") for one in made])
    return [
        (fault.id, dict(variant.parameters))
        for fault in FAULTS
        for variant in explaining(fault, shown, ours)
    ]


def plain(content: bytes) -> Any:
    return np.asarray(opened(content).convert("RGB"))


def test_profile_applied__is_named_and_nothing_else() -> None:
    image = opened(WITH_PROFILE)
    transform = ImageCms.buildTransform(
        io.BytesIO(image.info["icc_profile"]), ImageCms.createProfile("sRGB"), "RGB", "RGB"
    )
    changed = ImageCms.applyTransform(image, transform)
    assert changed is not None
    assert {"profile-applied"} == {
        fault for fault, _ in explained([WITH_PROFILE, PLAIN], np.asarray(changed), plain(PLAIN))
    }


def test_file_gamma_applied__is_named_and_nothing_else() -> None:
    changed = 255 * (PICTURE / 255) ** (1 / (0.7 * 2.2))
    made = changed.round().astype(np.uint8)
    assert [("file-gamma-applied", {})] == explained([WITH_GAMMA, PLAIN], made, plain(PLAIN))


def test_second_picture__is_named_and_nothing_else() -> None:
    image = Image.open(io.BytesIO(TWO))
    image.seek(1)
    assert [("second-picture", {})] == explained([TWO, PLAIN], np.asarray(image), plain(PLAIN))


def test_embedded__silent_on_the_clean_side() -> None:
    contents = [WITH_PROFILE, WITH_GAMMA, TWO, PLAIN]
    assert [] == explained(contents, *map(plain, contents))


def test_embedded__silent_where_pictures_without_it_are_changed_too() -> None:
    darker = [plain(content) // 2 for content in (WITH_PROFILE, WITH_GAMMA, PLAIN)]
    assert [] == explained([WITH_PROFILE, WITH_GAMMA, PLAIN], *darker)
