"""Accuracy through a target beside the script's, in words."""

from __future__ import annotations

import pytest

from ml_ci.parity.conclusion import conclude
from ml_ci.report.served import ServedAccuracy, in_a_line, served_accuracy
from tests.builders.checks import accuracy, check
from tests.builders.reports import parity


def row(**record: object) -> ServedAccuracy:
    found = served_accuracy(conclude(parity(), [], accuracy=accuracy(**record)))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_served_accuracy__of_the_same_answers() -> None:
    assert (
        ServedAccuracy(
            target="server",
            script="98.00%",
            served="98.00%",
            difference="no difference",
            answers="every answer the same class, on 100 test images",
        )
        == row()
    )


def test_served_accuracy__of_other_answers_has_an_interval() -> None:
    found = row(served=0.91, broken=8, fixed=1, other=2)

    assert (
        "91.00%",
        "−7.00 points (−9.00 to −5.00)",
        "8 broken, 1 fixed, 2 wrong both times, on 100 test images",
    ) == (found.served, found.difference, found.answers)


def test_served_accuracy__of_a_sample_says_so() -> None:
    found = row(images=400, asked=100)

    assert "every answer the same class, on a sample of 100 of 400 test images" == found.answers


def test_served_accuracy__that_was_not_asked_says_why() -> None:
    why = check("accuracy through the server", "unknown", topic="accuracy", evidence="not asked: x")

    found = served_accuracy(conclude(parity(), [why]))

    assert found is not None
    assert ("–", "not asked: x") == (found.script, found.answers)
    assert "not asked: x" == in_a_line(found)


def test_served_accuracy__of_nothing_answered_says_why() -> None:
    why = check("accuracy through the server", "unknown", topic="accuracy", evidence="no answer")

    found = served_accuracy(
        conclude(parity(), [why], accuracy=accuracy().model_copy(update={"accuracy": None}))
    )

    assert found is not None
    assert ("–", "no answer") == (found.script, found.answers)


def test_served_accuracy__of_an_older_report_is_none() -> None:
    assert None is served_accuracy(parity())


@pytest.mark.parametrize(
    ("record", "line"),
    [
        (
            {},
            "script 98.00%, served 98.00%, no difference: every answer the same class, "
            "on 100 test images",
        ),
        (
            {"served": 0.99, "fixed": 1},
            "script 98.00%, served 99.00%, +1.00 points (−1.00 to +3.00): 1 fixed, "
            "on 100 test images",
        ),
    ],
    ids=["the same", "better"],
)
def test_in_a_line(record: dict[str, object], line: str) -> None:
    assert line == in_a_line(row(**record))
