"""Explaining `received` and `decoded`: it is the picture that counts."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ml_ci.data.decode import Decoded
from ml_ci.parity.diagnosis.explaining import Explained, explain
from ml_ci.parity.faults.fault import Evidence, Remedy, Variant
from ml_ci.steps import DECODED, RECEIVED
from tests.builders.faults import reference, scene
from tests.builders.images import encoded
from tests.builders.traces import noise_floor

PICTURE = Image.fromarray(scene(20, 30))
SENT = encoded(PICTURE, "PNG")
BMP = encoded(PICTURE, "BMP")
GREY = encoded(PICTURE.convert("L"), "PNG")


def explained(step: str, made: object, ours: object, sent: bytes = SENT) -> Explained:
    variant = Variant(
        fault="any",
        step=step,
        parameters={},
        said="any",
        remedy=Remedy(server="any", script=""),
        make=lambda *_: ours,
    )
    return explain(variant, Evidence(given=[sent], made=[made]), reference(), noise_floor())


def test_explain__bytes_are_compared_by_their_picture() -> None:
    rewritten = encoded(PICTURE.convert("L"), "BMP")
    assert explained(RECEIVED.name, GREY, rewritten).whole


def test_explain__bytes_that_show_the_same_are_no_difference() -> None:
    assert 0 == explained(RECEIVED.name, BMP, GREY).apart


def test_explain__bytes_that_show_nothing_are_compared_as_they_are() -> None:
    assert explained(RECEIVED.name, SENT[:50], SENT[:50]).whole
    assert not explained(RECEIVED.name, SENT[:50], SENT[:49]).whole


def test_explain__pixels_are_compared_by_their_picture() -> None:
    grey = np.asarray(PICTURE.convert("L"))[..., None]
    one = Decoded(pixels=grey, mode="L")
    three = Decoded(pixels=np.repeat(grey, 3, axis=2), mode="RGB")
    assert explained(DECODED.name, three, one).whole


def test_explain__a_mode_alone_can_be_the_difference() -> None:
    palette = PICTURE.quantize(9)
    indices = np.asarray(palette)[..., None]
    sent = encoded(palette, "PNG")
    right, wrong = (Decoded(pixels=indices, mode=mode) for mode in "PL")
    assert 1 == explained(DECODED.name, wrong, right, sent=sent).apart
    assert explained(DECODED.name, wrong, wrong, sent=sent).whole


def test_explain__a_mode_that_is_not_known_is_compared_by_its_pixels() -> None:
    pixels = np.asarray(PICTURE)
    named_otherwise = Decoded(pixels=pixels, mode="24-bit")
    assert 0 == explained(DECODED.name, named_otherwise, named_otherwise).apart
