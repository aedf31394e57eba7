"""Probes: the same pictures for ever, and every habit of a decoder shows in one of them."""

from __future__ import annotations

import base64
import hashlib
import io
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageChops

from ml_ci.data.probe_images import PROBE_IMAGES
from ml_ci.data.probe_values import NOT_DECODED
from ml_ci.data.probes import RESIZED_SIZES, RULE, decoder_probes, probe_picture, resize_probes
from ml_ci.data.refusal import ImageError
from ml_ci.rung import sha256_of_array
from scripts.make_probes import probe_images

# Over names and bytes, in order
PROBES_SHA256 = "5fdadab081b6d00236661f690f59a67e243bf57084cb95499afeb93a95939196"


def content_of(name: str) -> bytes:
    return base64.b64decode(PROBE_IMAGES[name])


def fresh() -> dict[str, str]:
    """As another process would see them."""
    decoder_probes.cache_clear()
    try:
        return dict(decoder_probes())
    finally:
        decoder_probes.cache_clear()


def test_probe_images__are_those_that_others_recorded() -> None:
    digest = hashlib.sha256()
    for name in PROBE_IMAGES:
        digest.update(name.encode() + content_of(name))
    assert PROBES_SHA256 == digest.hexdigest(), "give a changed probe image another name"


def test_make_probes__makes_the_same_pictures() -> None:
    # The same pixels, whatever the encoders of this Pillow: lossy ones may move a little
    for name, content in probe_images().items():
        made, kept = (
            np.asarray(Image.open(io.BytesIO(one)).convert("RGBA"), np.int16)
            for one in (content, content_of(name))
        )
        assert made.shape == kept.shape
        assert np.abs(made - kept).mean() < 2


def test_decoder_probes__tell_the_hash_of_every_picture() -> None:
    probes = decoder_probes()
    assert [f"probe {name}" for name in PROBE_IMAGES] == list(probes)
    pixels = np.asarray(Image.open(io.BytesIO(content_of("jpeg 4:2:0"))))
    assert sha256_of_array(pixels)[:16] == probes["probe jpeg 4:2:0"]


def test_decoder_probes__differ_for_every_picture_but_the_progressive_one() -> None:
    probes = dict(decoder_probes())
    # The same coefficients in another order: the same pixels
    assert probes["probe jpeg 4:2:0"] == probes.pop("probe jpeg progressive")
    assert len(probes) == len(set(probes.values()))


@pytest.mark.parametrize(
    ("name", "convert"),
    [
        pytest.param("jpeg exif", lambda image: image.convert("RGB"), id="EXIF ignored"),
        pytest.param(
            "jpeg cmyk", lambda image: ImageChops.invert(image).convert("RGB"), id="CMYK inverted"
        ),
        pytest.param("png 16-bit", lambda image: image.convert("RGB"), id="low bytes cut off"),
        pytest.param("png 16-bit grey", lambda image: image.convert("RGB"), id="clipped"),
        pytest.param("png alpha", lambda image: image.convert("RGB"), id="alpha dropped"),
        pytest.param(
            "png palette",
            lambda image: image.convert("RGBA").convert("RGB"),
            id="alpha dropped too",
        ),
    ],
)
def test_decoder_probes__show_what_a_plain_conversion_does(
    name: str, convert: Callable[[Image.Image], Image.Image]
) -> None:
    plain = np.asarray(convert(Image.open(io.BytesIO(content_of(name)))))
    assert sha256_of_array(plain)[:16] != decoder_probes()[f"probe {name}"]


def test_decoder_probes__of_a_build_without_a_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_content: bytes, _rule: object) -> None:
        raise ImageError("no such decoder")

    monkeypatch.setattr("ml_ci.data.probes.read_image", refuse)
    assert {NOT_DECODED} == set(fresh().values())


def test_decoder_probes__are_made_once_in_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    first = decoder_probes()
    monkeypatch.setattr("ml_ci.data.probes.read_image", None)
    assert first is decoder_probes()


def test_decoder_probes__cost_little() -> None:
    start = time.perf_counter()
    fresh()
    # 5 ms on the machine they were written on; a server starts with them
    assert time.perf_counter() - start < 0.5


def test_probes__need_no_model_and_no_torch() -> None:
    code = (
        "import sys; from ml_ci.data.probes import decoder_probes; decoder_probes(); "
        "print({'torch', 'onnxruntime', 'pydantic'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "set()\n" == done.stdout


def corner(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """C×8×8: the picture without any resizing, repeated."""
    rows, columns = (np.arange(8) % side for side in image.shape[:2])
    return np.asarray(image[rows][:, columns].transpose(2, 0, 1), np.float32)


def test_resize_probes__tell_sixteen_levels_of_each_picture() -> None:
    probes = resize_probes(corner)
    assert ["probe resized 83x61", "probe resized 9x7", "probe resized 20x97"] == list(probes)[:3]
    levels = [float(level) for level in probes["probe resized 83x61"].split()]
    image = probe_picture(83, 61)
    # Row 1 of 8, then columns 1, 3, 5 and 7, in channel 0, 1, 2 and 0 again
    expected = [image[1, 1, 0], image[1, 3, 1], image[1, 5, 2], image[1, 7, 0]]
    assert 16 == len(levels)
    assert expected == levels[:4]


def test_resize_probes__of_one_channel() -> None:
    told = resize_probes(lambda image: image[:1, :1, :1].transpose(2, 0, 1))["probe resized 9x7"]
    assert " ".join(["0.00"] * 16) == told


def test_probe_picture__is_within_the_rule() -> None:
    assert all(max(size) <= RULE.max_side for size in RESIZED_SIZES)
    assert all(probe_picture(*size).std() > 40 for size in RESIZED_SIZES)
