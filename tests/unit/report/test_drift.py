"""Drift: one verdict, and what to do about it."""

from __future__ import annotations

import pytest

from ml_ci.report.drift import DriftReport, exit_code, markdown
from tests.builders.drift import drift, unreachable


@pytest.mark.parametrize(
    ("report", "code"),
    [
        pytest.param(drift(), 0, id="agrees"),
        pytest.param(drift("label"), 1, id="differs"),
        pytest.param(unreachable(), 3, id="unreachable"),
    ],
)
def test_exit_code__is_that_of_the_verdict(report: DriftReport, code: int) -> None:
    assert code == exit_code(report)


@pytest.mark.parametrize(
    ("report", "first"),
    [
        pytest.param(drift(), "✅ training and serving agree on 3 of 3 images", id="agrees"),
        pytest.param(drift("label"), "❌ they part at label on 1 of 3 images", id="differs"),
        pytest.param(unreachable(), "⚠️ only 0 of 1 images could be compared", id="unreachable"),
    ],
)
def test_markdown__begins_with_the_verdict(report: DriftReport, first: str) -> None:
    assert markdown(report).startswith(first)


def test_markdown__names_what_differs() -> None:
    text = markdown(drift("label"))

    assert "| image | what differs |\n|---|---|\n| photo_0.png |" in text


def test_markdown__says_why_an_image_could_not_be_compared() -> None:
    assert "| a.png | no answer |" in markdown(unreachable())


def test_markdown__takes_nothing_a_server_says_for_markup() -> None:
    text = markdown(unreachable("<img src=x> @team ![x](http://evil) |"))

    assert r"| a.png | &lt;img src=x> @​team !\[x\](http:​//evil) \| |" in text


def test_markdown__links_nothing() -> None:
    assert "https:​//models.test/digits" in markdown(drift())


def test_drift_report__survives_json() -> None:
    report = drift("label")

    assert report == DriftReport.model_validate_json(report.model_dump_json())
