"""The committed predictions: read as they were written, and held against the evaluation."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts.evaluation import (
    Prediction,
    is_about,
    parse_committed,
    read_committed,
    save_committed,
)
from ml_ci.errors import UserError
from tests.builders.changes import prediction
from tests.builders.reports import evaluation

HEADER = "image,label,predicted,confidence\n"
ODD = (
    prediction('cat/a, "b".png', "cat", "dog", 0.5),
    prediction("cat/zwei\nzeilen.png", "cat", "é", 1.0),
)


def test_committed__predictions_are_read_as_they_were_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save_committed(evaluation(), ODD)

    assert ODD == read_committed()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("image,label\n", id="header"),
        pytest.param(f"{HEADER}a.png,cat,cat\n", id="short-row"),
        pytest.param(f"{HEADER}a.png,cat,cat,much\n", id="no-number"),
        pytest.param(f"{HEADER}a.png,cat,cat,nan\n", id="nan"),
    ],
)
def test_committed__what_is_no_table_of_predictions_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_committed(text.encode())


def test_committed__predictions_that_are_missing_are_a_message(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_committed(tmp_path / "predictions.csv")

    assert "run `ml-ci repro`, which measures them again" == caught.value.fix


def rows(right: int, wrong: int) -> tuple[Prediction, ...]:
    """The evaluation has 48 cats right, 2 taken for dogs, and 50 dogs right."""
    cats = [prediction(str(n), "cat") for n in range(right)]
    lost = [prediction(str(n), "cat", "dog") for n in range(wrong)]
    return (*cats, *lost, *(prediction(str(n), "dog") for n in range(50)))


@pytest.mark.parametrize(
    ("predictions", "expected"),
    [
        pytest.param(rows(48, 2), True, id="same"),
        pytest.param(rows(47, 3), False, id="one-more-wrong"),
        pytest.param(rows(48, 2)[1:], False, id="one-missing"),
        pytest.param((*rows(48, 2), prediction("x", "eel")), False, id="another-class"),
    ],
)
def test_predictions__are_about_the_evaluation_they_give(
    predictions: tuple[Prediction, ...], expected: bool
) -> None:
    assert expected == is_about(predictions, evaluation())
