"""`ml-ci golden accept`: what it takes over, what it says, when it refuses."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.golden import GoldenSnapshot, read_snapshot, save_golden
from ml_ci.commands.golden import accept
from ml_ci.errors import UserError
from ml_ci.measurement import save_measurement
from ml_ci.receipt import Receipt
from ml_ci.trace import TRACE_FILE
from tests.builders.golden import NEW, answers, measured

PIPELINE = """\
stages:
  reference:
    deps: [images]
    outs: [receipts/reference.json: {cache: false}]
"""
HERE = answers(a=0.9, b=0.25)


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference has measured ``HERE``, of which `b` was its own to write."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("model: {}\n")
    Path("dvc.yaml").write_text(PIPELINE)
    Path("images").write_text("golden")
    record = measured(paths.TRACES, a=0.9, b=0.25).record
    trace = sha256_of_file(paths.trace_folder(paths.REFERENCE) / TRACE_FILE)
    receipt = Receipt.of("reference")
    update = {"trace_sha256": trace, "unaccepted": ("b",)}
    save_measurement(receipt, {}, record.model_copy(update=update))
    receipt.write()


def run() -> list[str]:
    """The lines it prints."""
    output = io.StringIO()
    assert 0 == accept(Console(file=output, width=200))
    return output.getvalue().splitlines()


LAST = (
    "2 answers accepted, {} others than before; now commit metrics/golden.json; "
    "`make repro` makes the report again"
)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        pytest.param(
            answers(a=0.1, b=0.25),
            ["moved: a (dog → cat)", "new: b", LAST.format("2 of them")],
            id="moved",
        ),
        pytest.param(HERE, ["new: b", LAST.format("1 of them")], id="own"),
        pytest.param(None, [LAST.format("all of them")], id="gone"),
        pytest.param(answers(NEW, a=0.1), [LAST.format("all of them")], id="other-weights"),
    ],
)
def test_accept__takes_over_what_was_measured_and_says_it(
    before: GoldenSnapshot | None, said: list[str]
) -> None:
    if before is not None:
        save_golden(before)

    lines = run()

    assert (said, HERE) == (lines, read_snapshot())


def test_accept__has_nothing_to_do_the_second_time() -> None:
    run()

    assert ["nothing to accept: every answer is as metrics/golden.json has it"] == run()


def test_accept__refuses_a_measurement_of_other_inputs() -> None:
    save_golden(answers(a=0.1, b=0.25))
    Path("images").write_text("others")

    with pytest.raises(UserError, match="inputs have changed since") as refused:
        accept(Console(file=io.StringIO()))

    assert "make repro" in refused.value.fix
    assert answers(a=0.1, b=0.25) == read_snapshot()


def test_accept__refuses_another_trace() -> None:
    (paths.trace_folder(paths.REFERENCE) / TRACE_FILE).write_text("{}")

    with pytest.raises(UserError, match="not the one that was measured"):
        accept(Console(file=io.StringIO()))
