"""`ml-ci golden`: answers on the golden set that moved on purpose."""

from __future__ import annotations

from collections.abc import Collection

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.acceptance import accept_golden
from ml_ci.artifacts.golden import GoldenSnapshot, renew, snapshot
from ml_ci.artifacts.records import ReferenceRecord
from ml_ci.data.manifest import read_manifest
from ml_ci.errors import EXIT_PASS
from ml_ci.golden.accepted import Accepted, find_accepted
from ml_ci.golden.answers import MeasuredAnswers, unaccepted_moves
from ml_ci.golden.naming import golden_images
from ml_ci.measurement import load_measurement
from ml_ci.report.golden import moved_in_words
from ml_ci.stages.traces import measured_trace
from ml_ci.stages.turn import run_turn

_SHOWN = 20  # answers a terminal shows before it counts the rest; git shows them all


def accept(console: Console) -> int:
    """Write what was measured into metrics/golden.json and say what that accepts.

    No stage becomes out of date by it but the report, which `ml-ci repro` then makes again. Raises
    UserError when the measurement is not of today's inputs.
    """
    with run_turn("`ml-ci golden accept`"):
        record = load_measurement(paths.REFERENCE, ReferenceRecord).result
        trace = measured_trace(paths.REFERENCE, record.trace_sha256)
        today = golden_images(read_manifest())
        measured, before = MeasuredAnswers(record, trace), find_accepted(today)
        others = _others(measured, before)
        if not others and not before.problem:
            console.print("nothing to accept: every answer is as it was accepted before")
            return EXIT_PASS
        accept_golden(_kept_but(others, measured, before), today)
    for line in _first(list(others.values())):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"{len(others)} of {len(record.answers)} answers accepted; now commit {paths.GOLDEN_JSON}; "
        "`make repro` makes the report again",
        highlight=False,
        soft_wrap=True,
    )
    return EXIT_PASS


def _first(lines: list[str]) -> list[str]:
    rest = len(lines) - _SHOWN
    return [*lines[:_SHOWN], f"… and {rest} more"] if rest > 0 else lines


def _others(measured: MeasuredAnswers, before: Accepted) -> dict[str, str]:
    """The answers that are not accepted yet, a line for each, by image."""
    _, moves = unaccepted_moves(measured, before, ())
    same = [one for one in before.earlier if measured.same_weights(one)]
    known = {image for one in same for image in measured.answered(one)}
    new = {
        answer.image: f"new: {answer.image} ({answer.predicted}: {answer.confidence:.3f})"
        for answer in measured.record.answers
        if answer.image not in known
    }
    return {move.image: f"moved: {moved_in_words(move)}" for move in moves} | new


def _kept_but(
    others: Collection[str], measured: MeasuredAnswers, before: Accepted
) -> GoldenSnapshot:
    """The accepted snapshot with the measured answers to ``others``; the rest keeps its digits."""
    now = snapshot(measured.record.weights_sha256, measured.record.answers)
    return renew(now, [_without(others, earlier) for earlier in before.earlier])


def _without(images: Collection[str], earlier: GoldenSnapshot) -> GoldenSnapshot:
    answers = tuple(answer for answer in earlier.answers if answer.image not in images)
    return earlier.model_copy(update={"answers": answers})
