"""Figures: numbers and small charts as text."""

from __future__ import annotations

import pytest

from ml_ci.artifacts.paired import Interval
from ml_ci.changes.result import Compared, Drawing, Edge, MetricChange, Size
from ml_ci.report.figures import (
    blocks,
    charts,
    in_bytes,
    mermaid,
    metric_change,
    metric_title,
    metric_value,
    signed,
    size,
)
from tests.builders.changes import changes


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(0.0125, "+0.0125", id="plus"),
        pytest.param(-0.0125, "−0.0125", id="minus"),
        pytest.param(0.00001, "0", id="rounded-to-nought"),
        pytest.param(-0.00001, "0", id="minus-nought"),
        pytest.param(None, "–", id="nothing"),
    ],
)
def test_signed__has_a_real_minus(value: float | None, expected: str) -> None:
    assert expected == signed(value)


@pytest.mark.parametrize(
    ("value", "interval", "expected"),
    [
        pytest.param(
            0.5, Interval(low=0.4, high=0.6), "0.5000 (0.4000\u00a0…\u00a00.6000)", id="interval"
        ),
        pytest.param(0.5, None, "0.5000", id="value"),
        pytest.param(None, None, "–", id="nothing"),
    ],
)
def test_value__with_its_interval(
    value: float | None, interval: Interval | None, expected: str
) -> None:
    assert expected == metric_value(value, interval)


def test_change__with_its_interval() -> None:
    metric = MetricChange(
        name="accuracy",
        value=0.9,
        interval=None,
        compared=compared(),
        higher_is_better=True,
        note="",
    )

    assert "+0.1000 (−0.0500\u00a0…\u00a0+0.2500)" == metric_change(metric)


def compared(classes: int | None = None) -> Compared:
    return Compared(
        now=0.9,
        now_interval=None,
        base=0.8,
        base_interval=None,
        change=0.1,
        change_interval=Interval(low=-0.05, high=0.25),
        classes=classes,
    )


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        pytest.param(compared(3), "macro F1", id="all-classes"),
        pytest.param(compared(), "macro F1", id="no-mean-over-classes"),
        pytest.param(None, "macro F1", id="not-compared"),
        pytest.param(
            compared(2),
            "macro F1 (compared over the 2 of 3 classes that have images there)",
            id="some",
        ),
    ],
)
def test_title__says_over_which_classes(about: Compared | None, expected: str) -> None:
    metric = MetricChange(
        name="macro F1",
        value=0.9,
        interval=None,
        compared=about,
        higher_is_better=True,
        note="",
    )

    assert expected == metric_title(metric, 3)


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(0, "0 bytes", id="nothing"),
        pytest.param(999, "999 bytes", id="bytes"),
        pytest.param(1_260_000, "1.26 MB", id="megabytes"),
        pytest.param(999_999, "1 MB", id="rounded-up"),
        pytest.param(5_000_000_000_000, "5e+03 GB", id="beyond"),
    ],
)
def test_bytes__have_three_digits(count: int, expected: str) -> None:
    assert expected == in_bytes(count)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        pytest.param(None, "2 kB", id="unknown"),
        pytest.param(2000, "2 kB, as in the base", id="same"),
        pytest.param(1000, "2 kB, 1 kB in the base", id="other"),
    ],
)
def test_size__beside_that_of_the_base(base: int | None, expected: str) -> None:
    assert expected == size(Size(value=2000, base=base))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param((2.0, 1.0, 0.0), "█▅▁", id="falling"),
        pytest.param((0.5,), "▁", id="one"),
        pytest.param((0.5, 0.5), "▁▁", id="flat"),
    ],
)
def test_blocks__are_as_high_as_the_values(values: tuple[float, ...], expected: str) -> None:
    assert expected == blocks(values)


def test_charts__say_the_values_that_matter() -> None:
    expected = ("train/loss  █▄▂▁  2 → 0.25, best 0.25 in epoch 4 of 4",)
    assert expected == charts(changes().curves)


def test_mermaid__draws_stages_and_edges() -> None:
    drawing = Drawing(stages=("a", "b"), edges=(Edge(earlier="a", later="b"),))

    lines = ["```mermaid", "flowchart LR", '  s0["a"]', '  s1["b"]', "  s0 --> s1", "```"]
    assert lines == mermaid(drawing).splitlines()


def test_mermaid__leaves_out_edges_of_stages_it_does_not_know() -> None:
    drawing = Drawing(stages=("a",), edges=(Edge(earlier="a", later="b"),))

    assert "-->" not in mermaid(drawing)
