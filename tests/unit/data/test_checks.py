"""Every check fires on its fault and stays silent on sound data."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml_ci.data.checks import check_data
from tests.builders.datasets import SETTINGS, build_data, describe, put
from tests.builders.images import RULE, encoded, picture, png

GOLDEN = "golden/golden.csv"


def told(root: Path) -> list[tuple[str, str]]:
    """Where (relative to root) and what, of every problem."""
    return [
        (Path(problem.where).relative_to(root).as_posix(), problem.what)
        for problem in check_data(RULE, SETTINGS, root=root)
    ]


def append_golden(data: Path, row: str) -> None:
    put(data / GOLDEN, (data / GOLDEN).read_bytes() + row.encode() + b"\n")


def cut_jpeg(data: Path) -> None:
    content = encoded(Image.fromarray(picture(50, height=40, width=40)), "JPEG")
    put(data / "train/cat/cut.jpg", content[:-300].rstrip(b"\xff") + b"\xff\xd9")


def same_pixels_other_format(data: Path) -> None:
    """A picture of train/, as BMP in test/."""
    put(data / "test/cat/again.bmp", encoded(Image.fromarray(picture(0)), "BMP"))


def test_check_data__sound(tmp_path: Path) -> None:
    build_data(tmp_path)
    assert told(tmp_path) == []


def test_check_data__no_data(tmp_path: Path) -> None:
    assert told(tmp_path) == [("data", "the data folder is missing")]


def one_golden_image(data: Path) -> None:
    put(data / GOLDEN, b"file,label,witnesses\none.png,cat,\n")
    (data / "golden/two.png").unlink()


def unsafe_golden_name(data: Path) -> None:
    append_golden(data, "a|b.png,cat,alpha")
    put(data / "golden/a|b.png", png(picture(31)))


def unsafe_class_name(data: Path) -> None:
    for split in ("train", "test"):
        (data / split / "cat").rename(data / split / "@cat")
    put(data / GOLDEN, (data / GOLDEN).read_bytes().replace(b",cat,", b",@cat,"))


def new_class_in_train(data: Path) -> None:
    for seed in (20, 21):
        put(data / f"train/cow/{seed}.png", png(picture(seed)))


FAULTS: dict[str, tuple[Callable[[Path], object], list[tuple[str, str]]]] = {
    "truncated image": (
        lambda data: put(data / "train/cat/bad.png", png(picture(9))[:-30]),
        [
            (
                "data/train/cat/bad.png",
                "the image is refused: the file is cut off before its end",
            )
        ],
    ),
    "cut and closed JPEG": (
        cut_jpeg,
        [
            (
                "data/train/cat/cut.jpg",
                "the JPEG was cut off and closed again: part of it decodes as grey",
            )
        ],
    ),
    "beyond a limit": (
        lambda data: put(data / "train/cat/big.png", png(np.zeros((10, 301, 3), np.uint8))),
        [
            (
                "data/train/cat/big.png",
                "the image is refused: it is 301×10 pixels; a side has at most 300",
            )
        ],
    ),
    "wrong suffix": (
        lambda data: put(data / "train/cat/bad.jpg", png(picture(9))),
        [("data/train/cat/bad.jpg", "the file holds a PNG but is not called one")],
    ),
    "class only in train": (
        new_class_in_train,
        [("data/train/cow", "the class 'cow' is in train but not in test")],
    ),
    "class only in test": (
        lambda data: put(data / "test/cow/1.png", png(picture(20))),
        [("data/test/cow", "the class 'cow' is in test but not in train")],
    ),
    "too few in train": (
        lambda data: (data / "train/cat/a.png").unlink(),
        [("data/train/cat", "the class 'cat' has 1 of at least 2 images in train")],
    ),
    "empty class folder": (
        lambda data: (data / "test/cat/a.png").unlink(),
        [("data/test/cat", "the class 'cat' has 0 of at least 1 images in test")],
    ),
    "same picture in train and test": (
        same_pixels_other_format,
        [
            (
                "data/test/cat/again.bmp",
                "the same picture is in train (a.png), pixel for pixel",
            )
        ],
    ),
    "same picture in test and golden": (
        lambda data: shutil.copy(data / "test/cat/a.png", data / "golden/one.png"),
        [("data/golden/one.png", "the same picture is in test (a.png), pixel for pixel")],
    ),
    "same picture, two labels": (
        lambda data: shutil.copy(data / "train/cat/a.png", data / "train/dog/c.png"),
        [
            (
                "data/train/dog/c.png",
                "the same picture is labelled 'cat' (a.png), pixel for pixel",
            )
        ],
    ),
    "unknown golden label": (
        lambda data: put(
            data / GOLDEN, (data / GOLDEN).read_bytes().replace(b"one.png,cat", b"one.png,cow")
        ),
        [("data/golden/one.png", "the label 'cow' is no class")],
    ),
    "golden row without file": (
        lambda data: append_golden(data, "three.png,cat,alpha"),
        [("data/golden/three.png", "golden.csv names a file that is missing")],
    ),
    "golden file without row": (
        lambda data: put(data / "golden/three.png", png(picture(30))),
        [("data/golden/three.png", "the file belongs to nothing")],
    ),
    "golden row twice": (
        lambda data: append_golden(data, "one.png,cat,alpha"),
        [("data/golden/one.png", "the image is listed twice")],
    ),
    "too few golden images": (
        one_golden_image,
        [("data/golden/golden.csv", "the golden set has 1 of at least 2 images")],
    ),
    "unsafe golden name": (
        unsafe_golden_name,
        [("data/golden/a|b.png", "the golden image name 'a|b.png' contains '|' (U+007C)")],
    ),
    "unsafe class name": (
        unsafe_class_name,
        [
            ("data/train/@cat", "the class name '@cat' contains '@' (U+0040)"),
            ("data/test/@cat", "the class name '@cat' contains '@' (U+0040)"),
        ],
    ),
    "file beside the classes": (
        lambda data: put(data / "train/readme.txt", b"hello"),
        [("data/train/readme.txt", "the file belongs to nothing")],
    ),
    "folder inside a class": (
        lambda data: put(data / "train/cat/more/x.png", png(picture(32))),
        [("data/train/cat/more/x.png", "the file belongs to nothing")],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_check_data__fault(tmp_path: Path, fault: str) -> None:
    break_it, expected = FAULTS[fault]
    break_it(build_data(tmp_path))
    describe(tmp_path)
    assert told(tmp_path) == expected


def test_check_data__names_that_differ_in_capitals(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    for split in ("train", "test"):
        (data / split / "dog").rename(data / split / "CAT")
    put(data / GOLDEN, (data / GOLDEN).read_bytes().replace(b",dog,", b",CAT,"))
    describe(tmp_path)
    what = (
        "the class names 'CAT' and 'cat' are one name where capitals don't count (Windows, macOS)"
    )
    assert told(tmp_path) == [("data/train/cat", what), ("data/test/cat", what)]


def test_check_data__same_picture_twice_under_one_label(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    shutil.copy(data / "train/cat/a.png", data / "train/cat/c.png")
    describe(tmp_path)
    assert told(tmp_path) == []


def test_check_data__one_class_is_none(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    for split in ("train", "test"):
        shutil.rmtree(data / split / "dog")
    put(data / GOLDEN, (data / GOLDEN).read_bytes().replace(b",dog,", b",cat,"))
    describe(tmp_path)
    assert told(tmp_path) == [("data/train", "there are fewer than two classes")]


def test_check_data__folder_unlike_the_manifest(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    put(data / "train/cat/new.png", png(picture(33)))
    what = "1 file of data/ unexpected, by the manifest: train/cat/new.png"
    assert told(tmp_path) == [("data.manifest.csv", what)]


def test_check_data__everything_at_once(tmp_path: Path) -> None:
    data = build_data(tmp_path)
    for fault in ("truncated image", "wrong suffix", "class only in train", "golden row twice"):
        FAULTS[fault][0](data)
    assert len(told(tmp_path)) == 6  # and the manifest, changed and unexpected
