"""`ml-ci golden accept`: what it takes over, what it says, when it refuses."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.golden import GoldenSnapshot, save_golden
from ml_ci.commands.golden import accept
from ml_ci.errors import UserError
from ml_ci.measurement import save_measurement
from ml_ci.receipt import Receipt
from ml_ci.trace.layout import TRACE_FILE
from tests.builders.golden import NEW, answers, commit_all, measured, put_manifest

PIPELINE = """\
stages:
  reference:
    deps: [images]
    outs: [receipts/reference.json: {cache: false}]
"""
HERE = answers(a=0.9, b=0.25)


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference has measured ``HERE``."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text("model: {}\n")
    Path("dvc.yaml").write_text(PIPELINE)
    Path("images").write_text("golden")
    put_manifest(a="A cat", b="B dog")
    commit_all()
    record = measured(paths.TRACES, a=0.9, b=0.25).record
    trace = sha256_of_file(paths.trace_folder(paths.REFERENCE) / TRACE_FILE)
    receipt = Receipt.of("reference")
    save_measurement(receipt, {}, record.model_copy(update={"trace_sha256": trace}))
    receipt.write()


def there() -> GoldenSnapshot:
    return GoldenSnapshot.of_text(paths.GOLDEN_JSON.read_bytes())


def run() -> list[str]:
    """The lines it prints."""
    output = io.StringIO()
    assert 0 == accept(Console(file=output, width=200))
    return output.getvalue().splitlines()


LAST = (
    "{} of 2 answers accepted; now commit metrics/golden.json; `make repro` makes the report again"
)


@pytest.mark.parametrize(
    ("committed", "said"),
    [
        pytest.param(answers(a=0.1, b=0.25), ["moved: a (dog → cat)", LAST.format(1)], id="moved"),
        pytest.param(answers(a=0.9), ["new: b (dog: 0.750)", LAST.format(1)], id="new"),
        pytest.param(
            answers(NEW, a=0.1),
            ["new: a (cat: 0.900)", "new: b (dog: 0.750)", LAST.format(2)],
            id="other-weights",
        ),
    ],
)
def test_accept__takes_over_what_was_measured_and_says_it(
    committed: GoldenSnapshot, said: list[str]
) -> None:
    save_golden(committed)
    commit_all()

    lines = run()

    assert (said, HERE) == (lines, there())


def test_accept__knows_an_image_by_its_content() -> None:
    save_golden(answers(c=0.1, b=0.25001))
    put_manifest(c="A cat", b="B dog")
    commit_all()
    put_manifest(a="A cat", b="B dog")

    lines = run()

    accepted = answers(a=0.9, b=0.25001)
    assert (["moved: a (dog → cat)", LAST.format(1)], accepted.document()) == (
        lines,
        there().document(),
    )


def test_accept__leaves_what_has_not_moved_to_the_digit() -> None:
    save_golden(answers(a=0.1, b=0.25001))
    commit_all()

    run()

    assert answers(a=0.9, b=0.25001).document() == there().document()


def test_accept__says_where_a_run_has_written_the_file_already() -> None:
    save_golden(HERE)

    assert LAST.format(2) == run()[-1]


def test_accept__brings_back_a_file_that_is_gone() -> None:
    save_golden(HERE)
    commit_all()
    paths.GOLDEN_JSON.unlink()

    assert ([LAST.format(0)], HERE) == (run(), there())


def test_accept__has_nothing_to_do_the_second_time() -> None:
    run()

    assert ["nothing to accept: every answer is as it was accepted before"] == run()


def test_accept__refuses_a_measurement_of_other_inputs() -> None:
    save_golden(answers(a=0.1, b=0.25))
    Path("images").write_text("others")

    with pytest.raises(UserError, match="inputs have changed since") as refused:
        accept(Console(file=io.StringIO()))

    assert "make repro" in refused.value.fix
    assert answers(a=0.1, b=0.25) == there()


def test_accept__refuses_another_trace() -> None:
    (paths.trace_folder(paths.REFERENCE) / TRACE_FILE).write_text("{}")

    with pytest.raises(UserError, match="not the one that was measured"):
        accept(Console(file=io.StringIO()))
