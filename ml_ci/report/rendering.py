"""report.json → Markdown that reads well on GitHub and in a terminal.

Every value that reaches a template is made harmless unless a filter of this module built it, so a
template cannot forget to escape.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from ml_ci.artifacts.evaluation import ClassMetrics
from ml_ci.changes.result import MATRIX, Compared, DataChange
from ml_ci.data.probe_values import same_values
from ml_ci.golden.result import Move
from ml_ci.report.advice import advice
from ml_ci.report.checks import (
    MARK,
    checks_summary,
    environment_rows,
    folded_checks,
    folded_summary,
    in_one_cell,
    open_checks,
    relevant_entries,
)
from ml_ci.report.concerns import Concern
from ml_ci.report.figures import (
    charts,
    mermaid,
    metric_change,
    metric_title,
    metric_value,
    signed,
    size,
)
from ml_ci.report.headline import headline
from ml_ci.report.ladder import rung_mark, worst_images
from ml_ci.report.markdown import fenced, prose, safe
from ml_ci.report.metrics_headline import metrics_headline
from ml_ci.report.schema import Report
from ml_ci.report.served import served_accuracy
from ml_ci.report.standing import MARKS, standing_of
from ml_ci.steps import STEP_OF

FLIP_MARK = {"broken": "❌ broken", "fixed": "✅ fixed", "other": "wrong both times"}
ROWS = 20
"""Rows of a list that a person still reads; the least important ones stand in report.json only."""

_FEW_ROWS, _IN_SHORT = 10, 200  # a comment that is too long with more rows tells less in each
_NAMES = 5  # names in one table cell
_SENTENCE = 600  # characters: a reason with the files it is about, of which there are a few


class _Trusted(str):
    """Markdown made here, not by data."""


def render(template: str, report: Report, rows: int = ROWS, beside: Sequence[Concern] = ()) -> str:
    """One template with the report as `report`; no list in it is longer than ``rows``.

    ``beside`` are concerns that the report cannot know of.
    """
    standing = standing_of(report, beside)
    environment = Environment(  # noqa: S701 — not HTML: `finalize` escapes Markdown instead
        loader=PackageLoader("ml_ci.report"),
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., object]] = {
        "mark": lambda outcome: _Trusted(MARKS[outcome]),
        "ladder_mark": lambda step: _Trusted(rung_mark(step)),
        "worst": worst_images,
        "check_mark": lambda outcome: _Trusted(MARK[outcome]),
        "checks_mark": lambda checks: _Trusted(in_one_cell(checks)),
        "open_checks": open_checks,
        "folded_checks": folded_checks,
        "own_checks": lambda checks: (*open_checks(checks), *folded_checks(checks)),
        "environment_rows": environment_rows,
        "checks_summary": checks_summary,
        "folded_summary": folded_summary,
        "relevant_entries": relevant_entries,
        "served": lambda report: [row for one in report.parity if (row := served_accuracy(one))],
        "advice": lambda report: [_Trusted(sentence) for sentence in advice(report)],
        "headline": lambda report: _Trusted(headline(report, standing)),
        "metrics_headline": lambda report: _Trusted(metrics_headline(report, standing)),
        "now_cell": lambda one: _Trusted(metric_value(one.value, one.interval)),
        "shared_cell": lambda one: _Trusted(_compared(one.compared, "now")),
        "base_cell": lambda one: _Trusted(_compared(one.compared, "base")),
        "title": metric_title,
        "change_cell": lambda one: _Trusted(metric_change(one)),
        "signed": lambda value: _Trusted(signed(value)),
        "size": lambda value: _Trusted(size(value)),
        "charts": charts,
        "mermaid": lambda drawing: _Trusted(mermaid(drawing)),
        "flip_mark": lambda kind: _Trusted(FLIP_MARK[kind]),
        "names": _names,
        "sentence": lambda text: _Trusted(prose(text, _SENTENCE)),
        "evidence": lambda text, rows: _Trusted(
            prose(text, _SENTENCE if rows >= _FEW_ROWS else _IN_SHORT)
        ),
        "weakest": _weakest,
        "probabilities": _probabilities,
        "allowed": lambda allowed: _Trusted("yes" if allowed else "**no**"),
        "trusted": _Trusted,  # for literals and macros of a template: never for data
        "times": _times,
        "number": _number,
        "percent": lambda share: _Trusted(f"{share:.1%}"),
        "code": lambda lines: _Trusted(fenced(lines)),
        "holds": lambda step: STEP_OF[step].holds,
        "differing": _differing,
    }
    environment.filters |= filters
    return environment.get_template(template).render(
        report=report, standing=standing, rows=rows, matrix=MATRIX
    )


def _compared(compared: Compared | None, side: Literal["now", "base"]) -> str:
    """One side of it with its interval."""
    if compared is None:
        return metric_value(None, None)
    if side == "now":
        return metric_value(compared.now, compared.now_interval)
    return metric_value(compared.base, compared.base_interval)


def _finalize(value: object) -> str:
    if isinstance(value, _Trusted | int | float):
        return str(value)
    return safe(str(value))


def _names(change: DataChange, rows: int) -> str:
    """The first names, fewer where rows are few, and how many more there are."""
    shown = change.names[: min(rows, _NAMES)]
    rest = change.images - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")


def _weakest(classes: tuple[ClassMetrics, ...], rows: int) -> list[ClassMetrics]:
    """All classes in their order, or the weakest where there are too many."""
    if len(classes) <= rows:
        return list(classes)
    return sorted(classes, key=lambda score: (score.f1, score.name))[:rows]


def _probabilities(move: Move) -> _Trusted:
    """Of the class answered before: then → now."""
    now = "no such class" if move.now is None else f"{move.now:.3f}"
    return _Trusted(f"{move.then:.3f} → {now}")


def _times(excess: float | None) -> _Trusted:
    """How many times what is allowed."""
    if excess is None:
        return _Trusted("–")
    if math.isinf(excess):
        return _Trusted("no number")
    whole = f"{excess:,.0f}".replace(",", "\u202f")  # narrow and not broken
    return _Trusted(f"{excess:.3g}×" if excess < 1000 else f"{whole}×")


def _number(value: float | None) -> _Trusted:
    """Three significant digits; an en dash where there is nothing to say."""
    return _Trusted("–" if value is None else f"{value:.3g}")


def _differing(
    environments: dict[str, dict[str, str]],
) -> list[tuple[str, dict[str, str]]]:
    """The entries on which the sides do not agree: (name, value by side)."""
    names = sorted({name for side in environments.values() for name in side})
    rows = (
        (name, {side: entries.get(name, "–") for side, entries in environments.items()})
        for name in names
    )
    return [(name, values) for name, values in rows if not same_values(name, list(values.values()))]
