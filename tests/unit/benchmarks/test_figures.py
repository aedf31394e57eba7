"""Figures: ratios pair up, the median is what the goal is for, a missed goal says by how much."""

from __future__ import annotations

import pytest

from benchmarks.figures import Figure, ratio, shown, verdict


def _figure(*values: float, at_most: float | None = None, at_least: float | None = None) -> Figure:
    return Figure(name="f", values=values, unit="×", at_most=at_most, at_least=at_least)


def test_ratio__pairs_repetitions() -> None:
    """Under a load that doubles, both halves double; medians divided would not see it as 2."""
    figure = ratio("f", [2.0, 8.0, 40.0], [1.0, 4.0, 10.0], at_most=None)

    assert figure.values == (2.0, 2.0, 4.0)


def test_ratio__refuses_repetitions_that_do_not_pair() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio("f", [1.0, 2.0], [1.0], at_most=None)


def test_median__is_not_moved_by_one_slow_repetition() -> None:
    assert _figure(1.0, 100.0, 1.2).median == 1.2


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        pytest.param(_figure(1.0), "", id="no goal"),
        pytest.param(_figure(1.0, 9.0, 2.0, at_most=2.0), "≤ 2.00: met", id="met by the median"),
        pytest.param(_figure(2.5, at_most=2.0), "≤ 2.00: missed by 0.50", id="missed"),
        pytest.param(_figure(2.0, 9.0, at_least=2.0), "≥ 2.00: met", id="enough"),
        pytest.param(_figure(1.5, at_least=2.0), "≥ 2.00: missed by 0.50", id="too little"),
    ],
)
def test_verdict(figure: Figure, text: str) -> None:
    assert verdict(figure) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        pytest.param(1.234, "×", "1.23", id="ratio"),
        pytest.param(1.234, "s", "1.23 s", id="short"),
        pytest.param(123.44, "MB", "123.4 MB", id="large"),
    ],
)
def test_shown(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text
