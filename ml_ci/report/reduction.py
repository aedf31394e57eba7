"""A smaller report: the rows that matter least left out, and how many they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pydantic import BaseModel

from ml_ci.artifacts.bounds import Count, Name
from ml_ci.artifacts.evaluation import Evaluation
from ml_ci.changes.result import MATRIX
from ml_ci.parity.result import ImageResult, ParityResult, RungResult
from ml_ci.report.schema import Part, Report

# Images of all targets together to try, in this order. The last always fits: one costs about 2 kB.
_STEPS = (1000, 200, 50)

_Row = TypeVar("_Row", bound=BaseModel)


class LeftOut(Part):
    """Rows of one list of the report that are not in it any more."""

    what: Name
    rows: Count


def reduced(report: Report, *, max_bytes: int) -> tuple[Report, tuple[LeftOut, ...]]:
    """The report in at most ``max_bytes`` of JSON, and what that cost; itself when it fits.

    Counts and verdicts stay those of everything that was measured.
    """
    small, left_out = report, list[LeftOut]()
    for rows in _STEPS:
        if _bytes_of(small) <= max_bytes:
            break
        small, left_out = _with_rows(report, rows)
    return small, tuple(left_out)


def _bytes_of(report: Report) -> int:
    return len(report.model_dump_json().encode("utf-8"))


def _with_rows(report: Report, rows: int) -> tuple[Report, list[LeftOut]]:
    evaluation, left_out = _without_large_matrix(report.evaluation)
    parity, rows = [], max(1, rows // len(report.parity))
    for result in report.parity:
        images = _most_important(result.images, rows, _importance)
        failures = result.failures[:rows]
        lost = {
            f"images of {result.target}": len(result.images) - len(images),
            f"images of {result.target} that were not compared": len(result.failures)
            - len(failures),
        }
        left_out += [LeftOut(what=what, rows=count) for what, count in lost.items() if count]
        parity.append(_changed(result, images, failures))
    update = {"parity": tuple(parity), "evaluation": evaluation}
    return report.model_copy(update=update), left_out


def _without_large_matrix(evaluation: Evaluation) -> tuple[Evaluation, list[LeftOut]]:
    """A matrix that nobody can look at grows with the square of the classes: 1000 make 2 MB."""
    rows = len(evaluation.confusion)
    if rows <= MATRIX:
        return evaluation, []
    left_out = [LeftOut(what="rows of the confusion matrix", rows=rows)]
    return evaluation.model_copy(update={"confusion": ()}), left_out


def _changed(
    result: ParityResult, images: tuple[ImageResult, ...], failures: tuple[object, ...]
) -> ParityResult:
    return result.model_copy(update={"images": images, "failures": failures})


def _most_important(
    rows: tuple[_Row, ...], count: int, importance: Callable[[_Row], tuple[float, ...]]
) -> tuple[_Row, ...]:
    """The ``count`` most important rows, in the order they had."""
    ranked = sorted(range(len(rows)), key=lambda place: importance(rows[place]), reverse=True)
    return tuple(rows[place] for place in sorted(ranked[:count]))


def _importance(image: ImageResult) -> tuple[float, ...]:
    """Images that part first, the furthest beyond what was allowed before the rest; then notes."""
    parted = [rung for rung in image.rungs if rung.step == image.first_step]
    notes = any(rung.mark == "note" for rung in image.rungs)
    return (bool(parted), max(map(_excess, parted), default=0.0), notes)


def _excess(rung: RungResult) -> float:
    """Error over allowed; an exact rung that differs comes before any measured error."""
    if rung.own is None or not rung.allowed:
        return float("inf")
    return rung.own / rung.allowed
