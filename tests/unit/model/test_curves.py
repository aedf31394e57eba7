"""Curves on disk and on screen."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console

from ml_ci.model.curves import recorded, shown
from ml_ci.model.training import Epoch

EPOCHS = (Epoch(number=1, loss=2.5, accuracy=0.25), Epoch(number=2, loss=0.5, accuracy=0.75))


def record(folder: Path) -> dict[str, str]:
    with recorded(folder) as watch:
        for epoch in EPOCHS:
            watch(epoch)
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def show(console: Console) -> None:
    with shown(2, console) as watch:
        for epoch in EPOCHS:
            watch(epoch)


def test_recorded__writes_one_row_per_epoch(tmp_path: Path) -> None:
    files = record(tmp_path / "curves")
    expected = ["step\tloss\n1\t2.5\n2\t0.5\n", "step\taccuracy\n1\t0.25\n2\t0.75\n"]
    folder = "plots/metrics/train"
    assert expected == [files[f"{folder}/loss.tsv"], files[f"{folder}/accuracy.tsv"]]


def test_recorded__replaces_the_curves_of_the_last_training(tmp_path: Path) -> None:
    assert record(tmp_path / "curves") == record(tmp_path / "curves")


def test_shown__prints_one_plain_line_per_epoch_without_a_terminal() -> None:
    stream = io.StringIO()
    show(Console(file=stream, force_terminal=False, width=20))
    expected = "epoch 1/2  loss 2.5000  accuracy 0.2500\nepoch 2/2  loss 0.5000  accuracy 0.7500\n"
    assert expected == stream.getvalue()


def test_shown__draws_a_bar_on_a_terminal() -> None:
    stream = io.StringIO()
    show(Console(file=stream, force_terminal=True, width=120))
    assert "━" in stream.getvalue()
    assert "2/2" in stream.getvalue()
