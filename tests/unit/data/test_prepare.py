"""The example data: drawn by the script, the same bytes on every machine.

Nothing here looks at data/, which may hold other images; that the shipped data/ is what the script
draws is said in tests/yours/test_as_shipped.py.
"""

from __future__ import annotations

import dataclasses
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from ml_ci.data.decode import read_image
from ml_ci.data.manifest import describe_folder
from ml_ci.data.prepare.__main__ import prepare
from ml_ci.data.prepare.pictures import LEAST_CONTRAST
from ml_ci.data.prepare.profile import swapped_linear_profile
from ml_ci.data.prepare.recipes import golden_recipes
from ml_ci.data.prepare.scans import read_scans, split
from ml_ci.data.samples import GoldenSample, read_golden, read_split
from tests.builders.digits import DRAWN, fingerprint
from tests.builders.images import RULE

LIMITS = dataclasses.replace(RULE, max_pixels=200_000, max_side=400)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "data"
    prepare(folder)
    return folder


@pytest.fixture(scope="module")
def golden(data: Path) -> list[GoldenSample]:
    return read_golden(data / "golden")


def test_prepare__gives_the_same_bytes_everywhere(data: Path) -> None:
    assert fingerprint(describe_folder(data)) == DRAWN


def test_prepare__counts(data: Path) -> None:
    train, test = read_split(data / "train"), read_split(data / "test")
    assert (len(train), len(test)) == (1400, 397)


def test_split__every_class_in_proportion() -> None:
    scans = read_scans()
    whole = Counter(scan.label for scan in scans)
    trained = Counter(scan.label for scan in split(scans).train)
    share = {label: abs(trained[label] / count - 1400 / 1797) for label, count in whole.items()}
    assert max(share.values()) < 1 / min(whole.values())


def test_split__no_scan_in_both() -> None:
    parts = split(read_scans())
    both = {scan.number for scan in parts.train} & {scan.number for scan in parts.test}
    assert both == set()


def test_prepare__pictures_vary(data: Path) -> None:
    sizes, contrasts = set(), []
    for sample in read_split(data / "test"):
        image = read_image(sample.path.read_bytes(), LIMITS).image
        sizes.add(image.shape[:2])
        luma = image @ np.array([299, 587, 114])
        contrasts.append(int(luma.max() - luma.min()))
    assert len(sizes) > 50
    assert min(contrasts) > LEAST_CONTRAST * 0.7  # thin strokes don't reach full ink
    assert {min(side) for side in zip(*sizes, strict=True)} == {28}


def test_prepare__golden_set_is_large_enough(golden: list[GoldenSample]) -> None:
    assert len(golden) >= 48
    assert min(Counter(sample.label for sample in golden).values()) >= 4


@pytest.mark.parametrize(
    "witness",
    [
        "alpha", "aliasing", "bmp", "boundary", "channel-order", "chroma-420", "chroma-422",
        "chroma-444", "cmyk", "cmyk-plain", "dark-paper", "exif-mirror", "exif-orientation", "gif",
        "grey", "grey-alpha", "icc", "low-contrast", "multi-picture", "non-square", "odd-size",
        "off-centre", "one-bit", "palette", "palette-alpha", "progressive", "rgb-jpeg",
        "sixteen-bit", "tiny", "webp", "ycck",
    ],
)  # fmt: skip
def test_prepare__golden_set_has_a_witness(golden: list[GoldenSample], witness: str) -> None:
    assert [sample.name for sample in golden if witness in sample.witnesses] != []


def test_golden_recipes__every_witness_is_documented() -> None:
    text = Path("docs/data.md").read_text(encoding="utf-8")
    documented = {
        word.strip()
        for line in text.splitlines()
        if line.startswith(("| `decoded`", "| `image`", "| `resized`", "| `tensor`", "| `logits`"))
        for word in line.split("|")[2].split(",")
    }
    assert {word for recipe in golden_recipes() for word in recipe.witnesses} == documented


def test_golden_recipes__every_file_name_once() -> None:
    names = [recipe.file for recipe in golden_recipes()]
    assert len(set(names)) == len(names)


MODES = {
    "palette.png": "P",
    "palette-fading.png": "P",
    "one-bit.png": "1",
    "grey.png": "L",
    "grey-alpha.png": "LA",
    "sixteen-grey.png": "I;16",
    "sixteen-rgb.png": "RGB;16",
    "sixteen-rgba.png": "RGBA;16",
    "sixteen-grey-alpha.png": "LA;16",
    "jpeg-cmyk.jpg": "CMYK",
    "jpeg-ycck.jpg": "CMYK",
    "jpeg-grey.jpg": "L",
    "alpha-half.png": "RGBA",
    "alpha-lossy.webp": "RGBA",
}


@pytest.mark.parametrize("name", MODES)
def test_prepare__golden_image_is_stored_as_its_name_says(data: Path, name: str) -> None:
    content = (data / "golden" / name).read_bytes()
    assert read_image(content, LIMITS).decoded.mode == MODES[name]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_prepare__turned_golden_image_is_upright(data: Path, orientation: int) -> None:
    content = (data / f"golden/exif-{orientation}.jpg").read_bytes()
    image = read_image(content, LIMITS).image
    assert image.shape[:2] == (100 + 4 * orientation, 150)


def test_prepare__ycck_and_cmyk_show_dark_on_light(data: Path) -> None:
    for name in ("jpeg-ycck.jpg", "jpeg-cmyk.jpg"):
        corner = read_image((data / "golden" / name).read_bytes(), LIMITS).image[0, 0]
        assert np.abs(corner.astype(int) - (250, 240, 215)).max() <= 4, name


def test_swapped_linear_profile__changes_colours_where_it_is_honoured() -> None:
    profile = ImageCms.getOpenProfile(io.BytesIO(swapped_linear_profile()))
    image = Image.new("RGB", (1, 1), (200, 100, 20))
    converted = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"))
    assert converted is not None
    red, _, blue = np.asarray(converted)[0, 0]
    assert blue > red
