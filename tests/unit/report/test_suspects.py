from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.report.suspects import Suspect, suspect

SERVER = '''\
"""A server.

It calls cv2.resize(image).
"""
import cv2
from torchvision.transforms import Normalize, Resize

# resize as the script does
def answer(content):
    stored = cv2.imdecode(content, cv2.IMREAD_COLOR)
    image = stored[..., ::-1]
    small = cv2.resize(image, (224, 224))
    tensor = (small / 255 - MEAN) / STD
    logits = session.run(None, {"x": tensor})[0]
    powers = np.exp(logits - logits.max())
    return CLASSES[logits.argmax()], powers / powers.sum()
'''


def found(folder: Path, step: str) -> int | None:
    place = suspect(step, folder)
    return None if place is None else place.line


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("decoded", 10),
        ("image", 11),
        ("resized", 12),
        ("tensor", 13),
        ("logits", 14),
        ("probabilities", 15),
        ("label", 16),
    ],
)
def test_suspect__the_line_that_does_the_step(tmp_path: Path, step: str, line: int) -> None:
    (tmp_path / "app.py").write_text(SERVER, encoding="utf-8")
    assert line == found(tmp_path, step)


def test_suspect__the_surer_word_wins_over_the_earlier_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("crop(image)\n", encoding="utf-8")
    (tmp_path / "b.cpp").write_text("\ncv::resize(image, small, size);\n", encoding="utf-8")
    assert Suspect(file=tmp_path / "b.cpp", line=2) == suspect("resized", tmp_path)


def test_suspect__of_a_step_nothing_looks_like(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("print(1)\n", encoding="utf-8")
    assert suspect("resized", tmp_path) is None
    assert suspect("resized", tmp_path / "nowhere") is None


def test_suspect__what_is_no_code_or_far_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("resize\n", encoding="utf-8")
    (tmp_path / "data.json").write_text("resize" * 100_000, encoding="utf-8")
    (tmp_path / "broken.py").write_bytes(b"\xff\xfe\n")
    assert suspect("resized", tmp_path) is None
