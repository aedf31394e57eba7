"""Receipts: the same for the same inputs, another for any other input."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.receipt import Receipt, current_receipt


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("replay: {concurrency: 4}\ntrain: {seed: 1}\n")
    Path("dvc.yaml").write_text(
        "stages:\n  replay:\n    cmd: x\n    deps: [images, code.py]\n    params: [replay]\n"
    )
    Path("images").mkdir()
    Path("images/a.png").write_bytes(b"a")
    Path("code.py").write_text("pass\n")


def rename() -> None:
    Path("images/a.png").rename("images/b.png")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda: Path("images/a.png").write_bytes(b"b"), id="content"),
        pytest.param(rename, id="name"),
        pytest.param(lambda: Path("code.py").write_text("1\n"), id="code"),
        pytest.param(
            lambda: Path("params.yaml").write_text("replay: {concurrency: 5}\n"), id="params"
        ),
    ],
)
def test_receipt__changes_with_every_input(change: Callable[[], object]) -> None:
    before = Receipt.of("replay").sha256

    change()

    assert before != Receipt.of("replay").sha256


def test_receipt__does_not_change_with_another_section() -> None:
    before = Receipt.of("replay").sha256

    Path("params.yaml").write_text("replay: {concurrency: 4}\ntrain: {seed: 2}\n")

    assert before == Receipt.of("replay").sha256


def test_receipt__changes_with_params_of_the_same_size_at_the_same_time() -> None:
    before, times = Receipt.of("replay").sha256, Path("params.yaml").stat()

    Path("params.yaml").write_text("replay: {concurrency: 5}\ntrain: {seed: 1}\n")
    os.utime("params.yaml", ns=(times.st_atime_ns, times.st_mtime_ns))

    assert before != Receipt.of("replay").sha256


def test_receipt__names_a_missing_input() -> None:
    Path("code.py").unlink()

    with pytest.raises(UserError, match=r"the input `code\.py` of the stage `replay` is missing"):
        Receipt.of("replay")


def test_current_receipt__is_what_was_written() -> None:
    receipt = Receipt.of("replay")
    receipt.write()

    assert receipt.sha256 == current_receipt("replay")


def test_current_receipt__is_none_before_the_first_run() -> None:
    assert current_receipt("replay") is None
