"""report.json → Markdown that reads well on GitHub and in a terminal.

Every value that reaches a template is made harmless unless a filter of this module built it, so a
template cannot forget to escape.
"""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined

from ml_ci.parity.result import StepResult
from ml_ci.report.markdown import safe
from ml_ci.report.outcome import worst_outcome
from ml_ci.report.schema import Report
from ml_ci.steps import STEP_OF

OUTCOME_MARK = {"pass": "✅", "fail": "❌", "incomplete": "⚠️"}
VERDICT_MARK = {"pass": "✅", "differs": "❌", "incomplete": "⚠️"}


class _Trusted(str):
    """Markdown made here, not by data."""


def render(template: str, report: Report) -> str:
    """One template with the report as `report`."""
    environment = Environment(  # noqa: S701 — not HTML: `finalize` escapes Markdown instead
        loader=PackageLoader("ml_ci.report"),
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters: dict[str, Callable[..., object]] = {
        "outcome": worst_outcome,
        "mark": lambda outcome: _Trusted({**OUTCOME_MARK, **VERDICT_MARK}[outcome]),
        "ladder_mark": _ladder_mark,
        "number": _number,
        "percent": lambda share: _Trusted(f"{share:.1%}"),
        "code": _code,
        "holds": lambda step: STEP_OF[step].holds,
        "differing": _differing,
    }
    environment.filters |= filters
    return environment.get_template(template).render(report=report)


def _finalize(value: object) -> str:
    if isinstance(value, _Trusted | int | float):
        return str(value)
    return safe(str(value))


def _ladder_mark(step: StepResult) -> _Trusted:
    if not step.compared:
        return _Trusted("○")
    return _Trusted("✗" if step.images else "✓")


def _number(value: float | None) -> _Trusted:
    """Three significant digits; an en dash where there is nothing to say."""
    return _Trusted("–" if value is None else f"{value:.3g}")


def _code(lines: tuple[str, ...]) -> _Trusted:
    """Lines in an indented code block, where Markdown interprets nothing."""
    return _Trusted("\n".join(f"    {line}" for text in lines for line in text.splitlines()))


def _differing(
    environments: dict[str, dict[str, str]],
) -> list[tuple[str, dict[str, str]]]:
    """The entries on which the sides do not agree: (name, value by side)."""
    names = sorted({name for side in environments.values() for name in side})
    rows = [
        (name, {side: entries.get(name, "–") for side, entries in environments.items()})
        for name in names
    ]
    return [(name, values) for name, values in rows if len(set(values.values())) > 1]
