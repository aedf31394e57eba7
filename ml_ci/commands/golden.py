"""`ml-ci golden`: answers on the golden set that moved on purpose."""

from __future__ import annotations

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import GoldenSnapshot, accept_golden, is_accepted, snapshot
from ml_ci.artifacts.records import ReferenceRecord
from ml_ci.errors import EXIT_PASS
from ml_ci.golden.answers import Found, MeasuredAnswers
from ml_ci.golden.changes import find_snapshot
from ml_ci.measurement import load_measurement
from ml_ci.report.golden import moved_in_words
from ml_ci.stages.traces import measured_trace
from ml_ci.stages.turn import run_turn


def accept(console: Console) -> int:
    """Write what was measured into metrics/golden.json and say what that accepts.

    No stage becomes out of date by it but the report, which `ml-ci repro` then makes again. Raises
    UserError when the measurement is not of today's inputs.
    """
    with run_turn("`ml-ci golden accept`"):
        record = load_measurement(paths.REFERENCE, ReferenceRecord).result
        trace = measured_trace(paths.REFERENCE, record.trace_sha256)
        found, known = find_snapshot(record), is_accepted()
        accepted = _accepted(MeasuredAnswers(record, trace), found)
        measured = snapshot(record.weights_sha256, record.answers)
        if not accepted and not found.problem and (known or not record.unaccepted):
            console.print("nothing to accept: every answer is as metrics/golden.json has it")
            return EXIT_PASS
        accept_golden(measured)
    for line in accepted:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"{len(record.answers)} answers accepted, of which {len(accepted)} are others than before; "
        f"now commit {paths.GOLDEN_JSON}; `make repro` makes the report again",
        highlight=False,
        soft_wrap=True,
    )
    return EXIT_PASS


def _accepted(measured: MeasuredAnswers, found: Found) -> list[str]:
    """What moved and what nobody had answered, a line each."""
    before: GoldenSnapshot | None = found.snapshot
    if before is None or not measured.same_weights(before):
        return []
    moved = [f"moved: {moved_in_words(move)}" for move in measured.moves_since(before)]
    return moved + [f"new: {image}" for image in sorted(found.unaccepted)]
