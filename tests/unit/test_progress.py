"""Progress on a terminal and in a log."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from ml_ci.progress import counted, tracked


def clock(step: float) -> Iterator[float]:
    now = 0.0
    while True:
        yield now
        now += step


def spoken(step: float, *, terminal: bool) -> str:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=80)
    times = clock(step)
    assert list(tracked("abcd", "checking", console=console, clock=lambda: next(times))) == [
        *"abcd"
    ]
    return stream.getvalue()


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "log"])
def test_tracked__quick_work_is_silent(terminal: bool) -> None:
    assert spoken(0.1, terminal=terminal) == ""


def test_tracked__bar_on_a_terminal() -> None:
    assert "checking" in spoken(1.0, terminal=True)


def test_tracked__line_now_and_then_in_a_log() -> None:
    assert spoken(6.0, terminal=False) == "checking: 1 of 4\nchecking: 3 of 4\n"


def spoken_of_steps(step: float, *, terminal: bool) -> str:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=80)
    times = clock(step)
    with counted(4, "asking", console=console, clock=lambda: next(times)) as advance:
        for _ in range(4):
            advance()
    return stream.getvalue()


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "log"])
def test_counted__quick_work_is_silent(terminal: bool) -> None:
    assert "" == spoken_of_steps(0.1, terminal=terminal)


def test_counted__bar_on_a_terminal() -> None:
    assert "asking" in spoken_of_steps(1.0, terminal=True)


def test_counted__line_now_and_then_in_a_log() -> None:
    assert "asking: 2 of 4\nasking: 4 of 4\n" == spoken_of_steps(6.0, terminal=False)
