"""A comparison in the terminal, literally."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from rich.console import Console

from ml_ci.parity.conclusion import conclude
from ml_ci.parity.result import Failure, ParityResult
from ml_ci.report.terminal import print_parity
from tests.builders.checks import accuracy, check
from tests.builders.parity import array_of, climbed, compare, judge, reference
from tests.builders.reports import parity


def shown(result: ParityResult, *, width: int = 100, colour: bool = False) -> str:
    stream = io.StringIO()
    print_parity(Console(file=stream, width=width, force_terminal=colour), result)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def test_print_parity__of_a_faulty_step(tmp_path: Path) -> None:
    below = {step: reference()[step] for step in ("received", "decoded", "image", "resized")}
    tensor = array_of(reference(), "tensor") + np.float32(0.5)

    text = shown(compare(tmp_path, below | climbed("tensor", tensor)))

    expected = """\
target: differs: they part at tensor on 1 of 1 images

step              images  own error  allowed  inherited  judged from
received       ✓  0 of 1
decoded        ✓  0 of 1                                 received
image          ✓  0 of 1                                 decoded
resized        ✓  0 of 1          0     0.01          0  image
tensor         ✗  1 of 1        0.5   0.0001        0.5  resized
logits         ✓  0 of 1"""
    assert expected in text


def test_print_parity__shows_where_to_look_first(tmp_path: Path) -> None:
    tensor = array_of(reference(), "tensor") + np.float32(0.5)

    text = shown(compare(tmp_path, climbed("tensor", tensor)))

    assert "a.png: 12 of 12 elements (100.0%) differ by more than 0.0001; worst" in text


def test_print_parity__counts_what_it_does_not_show() -> None:
    failures = [Failure(image=f"{number}.png", message="no answer") for number in range(5)]

    text = shown(judge(target="server", golden=5, images=[], failures=failures))

    assert text.splitlines()[-2:] == [
        "2.png: not compared: no answer",
        "and 2 more that could not be compared",
    ]


def test_print_parity__has_colours_on_a_terminal_only(tmp_path: Path) -> None:
    result = compare(tmp_path, reference())

    assert [True, False] == ["\x1b[" in shown(result, colour=colour) for colour in (True, False)]


def test_print_parity__is_as_narrow_as_the_terminal(tmp_path: Path) -> None:
    text = shown(compare(tmp_path, reference()), width=60)

    assert 60 >= max(len(line) for line in text.splitlines())


def test_print_parity__tells_accuracy_and_checks() -> None:
    checks = [
        check("class list", step="label"),
        check("batch", "unknown", evidence="not asked: no room"),
        check("pixels", "agrees"),
        check("numpy", "note", topic="environment", step="label", evidence="the target has 1"),
    ]
    result = conclude(parity(), checks, accuracy=accuracy(served=0.91, broken=7))

    assert (
        "accuracy: script 98.00%, served 91.00%, −7.00 points (−9.00 to −5.00): 7 broken, on 100 "
        "test images\n"
        "checks: 1 differs, 1 could not be made, 1 note, 1 agrees\n"
        "  ✗ class list: evidence of class list\n"
        "  ? batch: not asked: no room\n"
        "  can matter at label: numpy: the target has 1\n" in shown(result, width=200)
    )


def test_print_parity__without_checks_says_nothing_of_them() -> None:
    assert "checks" not in shown(parity())
