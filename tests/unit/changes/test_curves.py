"""Curves: read as DVCLive writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.changes.curves import read_curves
from ml_ci.changes.result import STEPS


def write(folder: Path, name: str, *values: object) -> None:
    table = folder / "plots/metrics" / f"{name}.tsv"
    table.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{step}\t{value}" for step, value in enumerate(values, start=1)]
    table.write_text("\n".join(["step\tvalue", *rows]) + "\n", encoding="utf-8")


def test_curve__says_first_last_and_best(tmp_path: Path) -> None:
    write(tmp_path, "train/loss", 2.0, 0.5, 0.75)

    (curve,) = read_curves(tmp_path)

    assert ("train/loss", 3, (2.0, 0.5, 0.75), 2.0, 0.75, 0.5, 2) == (
        curve.name,
        curve.epochs,
        curve.values,
        curve.first,
        curve.last,
        curve.best,
        curve.best_epoch,
    )


def test_curve__of_an_accuracy_is_best_at_its_highest(tmp_path: Path) -> None:
    write(tmp_path, "train/accuracy", 0.5, 0.75, 0.25)

    assert (0.75, 2) == (read_curves(tmp_path)[0].best, read_curves(tmp_path)[0].best_epoch)


def test_curve__of_many_epochs_is_thinned(tmp_path: Path) -> None:
    write(tmp_path, "train/loss", *(float(n // 2) for n in range(2 * STEPS)))

    (curve,) = read_curves(tmp_path)

    assert (2 * STEPS, tuple(map(float, range(STEPS)))) == (curve.epochs, curve.values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        pytest.param("loss", ("nan",), id="nan"),
        pytest.param("loss", ("many",), id="text"),
        pytest.param("loss", (), id="empty"),
        pytest.param("`@all`", (1.0,), id="name"),
    ],
)
def test_curves__leave_out_what_cannot_be_drawn(
    tmp_path: Path, name: str, values: tuple[object, ...]
) -> None:
    write(tmp_path, name, *values)

    assert () == read_curves(tmp_path)


def test_curves__of_pretrained_weights_are_none(tmp_path: Path) -> None:
    assert () == read_curves(tmp_path / "curves")
