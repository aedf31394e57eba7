"""Bad data: what `validate` says of each kind, and that it changes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml_ci.errors import printable
from ml_ci.stages.running import run_stage
from ml_ci.stages.validate import main
from tests.builders.datasets import build_data, describe, put
from tests.builders.images import checksum, encoded, picture, png

SHIPPED = Path("params.yaml").resolve()
COUNTS = {"train_per_class: 20": "train_per_class: 2", "test_per_class: 5": "test_per_class: 1"}
BAD = "data/train/cat/bad.png"
REPLACE = "replace it with a whole one, or remove it"
SMALLER = "make it smaller or remove it; or raise the limit in params.yaml under `limits`"
RENAME = "rename it, using letters, digits, blanks and - _ . + ( )"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sound data with their manifest, settings that small data meet, and an old report."""
    monkeypatch.chdir(tmp_path)
    text = SHIPPED.read_text(encoding="utf-8")
    for before, after in {**COUNTS, "min_golden: 48": "min_golden: 2"}.items():
        assert before in text
        text = text.replace(before, after)
    put(tmp_path / "params.yaml", text.encode())
    put(tmp_path / "data.dvc", b"outs:\n- path: data\n")
    put(tmp_path / "reports/report.json", b"old")
    build_data(tmp_path)
    return tmp_path


def validated(capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """The exit code of the stage and what it said."""
    try:
        run_stage("validate", main)
        code: object = 0
    except SystemExit as end:
        code = end.code
    assert isinstance(code, int)
    return code, capsys.readouterr().err


def contents(project: Path) -> dict[str, bytes]:
    """Every file but our own notes."""
    files = (path for path in project.rglob("*") if path.is_file())
    names = {path.relative_to(project).as_posix(): path for path in files}
    return {
        name: path.read_bytes()
        for name, path in names.items()
        if not name.startswith((".ml-ci/", ".git/"))
    }


def sized(width: int, height: int) -> bytes:
    """A PNG that claims this size and holds next to nothing."""
    content = bytearray(png())
    content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    content[29:33] = checksum(bytes(content[12:29]))
    return bytes(content)


def corrupt() -> bytes:
    content = bytearray(png())
    content[-20] ^= 1
    return bytes(content)


def animated() -> bytes:
    frames = [Image.fromarray(picture(seed)) for seed in (1, 2)]
    return encoded(frames[0], "PNG", save_all=True, append_images=frames[1:])


IMAGES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "corrupt": (
        corrupt,
        "the PNG is damaged: the checksum of b'IDAT' does not match",
        REPLACE,
    ),
    "truncated": (lambda: png()[:-30], "the file is cut off before its end", REPLACE),
    "0-byte": (lambda: b"", "the file is empty", REPLACE),
    "text-as-png": (
        lambda: b"hello, world\n",
        "this is no PNG, JPEG, WebP, GIF or BMP image",
        REPLACE,
    ),
    "animated": (animated, "the PNG is animated; only still images are taken", REPLACE),
    "50000x50000": (
        lambda: sized(50_000, 50_000),
        "it is 50000×50000 pixels; a side has at most 8192",
        SMALLER,
    ),
    "20000x2": (
        lambda: png(np.zeros((2, 20_000, 3), np.uint8)),
        "it is 20000×2 pixels; a side has at most 8192",
        SMALLER,
    ),
    "2x8000": (
        lambda: png(np.zeros((8000, 2, 3), np.uint8)),
        "it is 2×8000 pixels; one side may be at most 20 times the other",
        SMALLER,
    ),
}


@pytest.mark.parametrize("kind", IMAGES)
def test_validate__bad_image(project: Path, capsys: pytest.CaptureFixture[str], kind: str) -> None:
    content, reason, fix = IMAGES[kind]
    put(project / BAD, content())
    describe(project)
    before = contents(project)

    told = validated(capsys)

    message = (
        f"validate: the image is refused: {reason}\n  where: data/train/cat/bad.png\n  fix:   {fix}"
    )
    assert (2, message + "\n", before) == (*told, contents(project))


def test_validate__every_bad_image_in_one_run(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (content, _, _) in enumerate(IMAGES.values()):
        put(project / f"data/train/cat/bad{number}.png", content())
    describe(project)

    _, told = validated(capsys)

    expected = [reason for _, reason, _ in IMAGES.values()]
    refused = [line.partition("refused: ")[2] for line in told.splitlines() if "refused" in line]
    assert expected == refused


def test_validate__empty_class_folder(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for split in ("train", "test"):
        (project / "data" / split / "cow").mkdir()

    code, told = validated(capsys)

    message = (
        "the class 'cow' has 0 of at least 2 images in train\n"
        "  where: data/train/cow\n"
        "  fix:   add images, or lower data.min_train_per_class in params.yaml"
    )
    assert (2, True) == (code, message in told), told


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("a|b", "contains '|' (U+007C)", id="table-cell"),
        pytest.param("@all", "contains '@' (U+0040)", id="mention"),
        pytest.param("a\nb", "contains U+000A (a control character)", id="line-end"),
    ],
)
def test_validate__class_folder_with_another_meaning(
    project: Path, capsys: pytest.CaptureFixture[str], name: str, reason: str
) -> None:
    for split in ("train", "test"):
        (project / "data" / split / "cat").rename(project / "data" / split / name)
    table = project / "data/golden/golden.csv"
    put(table, table.read_bytes().replace(b"cat", f'"{name}"'.encode()))
    describe(project)
    before = contents(project)

    told = validated(capsys)

    message = "validate: 2 problems\n" + "\n".join(
        f"the class name {name!r} {reason}\n"
        f"  where: data/{split}/{printable(name)}\n  fix:   {RENAME}"
        for split in ("train", "test")
    )
    assert (2, message + "\n", before) == (*told, contents(project))


def test_validate__file_that_speaks_to_the_log(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """GitHub obeys a line of the log that starts with two colons."""
    put(project / "data/train/cat/x\n::stop-commands::y.png", b"")
    put(project / os.fsdecode(b"data/train/cat/\xff\x1b[2J.png"), b"")

    _, told = validated(capsys)

    spoken = [line for line in told.splitlines() if line.startswith("::") or "\x1b" in line]
    assert ([], 2) == (spoken, told.count("the image is refused: the file is empty")), told
    assert "  where: data/train/cat/x?::stop-commands::y.png\n" in told
    assert "train/cat/??[2J.png" in told


def test_validate__label_that_climbs_out_of_the_folder(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = project / "data/golden/golden.csv"
    put(table, table.read_bytes().replace(b"one.png,cat", b"one.png,../x"))
    describe(project)

    told = validated(capsys)

    message = (
        "validate: the label '../x' is no class\n"
        "  where: data/golden/one.png\n"
        "  fix:   correct it in golden.csv; known: cat, dog\n"
    )
    assert (2, message) == told


def test_validate__golden_file_that_climbs_out_of_the_folder(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = project / "data/golden/golden.csv"
    put(table, table.read_bytes() + b"../x.png,cat,alpha\n")

    code, told = validated(capsys)

    message = (
        "'../x.png' is not a file name in the same folder\n"
        "  where: data/golden/golden.csv:4\n"
        "  fix:   write one row per image: file, label, witnesses; several witnesses are separated "
        "by blanks\n"
    )
    assert (2, True) == (code, message in told), told


def test_validate__half_pulled_after_dvc_rewrote_the_pointer(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", "add", "data.dvc"], check=True)
    before = {name: (project / name).read_bytes() for name in ("data.dvc", "data.manifest.csv")}
    shutil.rmtree(project / "data/train/dog")
    put(project / "data.dvc", b"what is left")

    code, told = validated(capsys)

    message = (
        "2 files of data/ missing, by the manifest: train/dog/a.png, train/dog/b.png\n"
        "  where: data.manifest.csv\n"
        "  fix:   run `dvc pull`; if you deleted them, `ml-ci data update --allow-removals`\n"
    )
    after = {name: (project / name).read_bytes() for name in before}
    assert (2, True, before) == (code, message in told, after), told
