"""Where the targets' traces come from, in words; of a dump, how old it is."""

from __future__ import annotations

from datetime import UTC, datetime

from ml_ci.artifacts.records import TargetRecord
from ml_ci.report.schema import ReportedTarget

_SHOWN = 20  # of the problems of a dump; a device that misnames one file misnames them all
_HOURS = 48  # up to which an age is told in hours
_WORDS = {
    "container": "what `container` in params.yaml describes, started here",
    "onnx": "the exported model on ONNX Runtime, in this process",
    "http": "a server that runs elsewhere, asked",
}


def reported_target(record: TargetRecord, now: datetime) -> ReportedTarget:
    """What the report says of a target; ``now`` is the report's own time."""
    return ReportedTarget(
        name=record.name,
        kind=record.kind,
        recorded=record.recorded,
        sentence=_sentence(record, now),
        problems=_some(record.problems),
    )


def _sentence(record: TargetRecord, now: datetime) -> str:
    if record.kind != "dump":
        where = _WORDS.get(record.kind, record.kind)
        return f"{where} at {record.recorded}" if record.kind == "http" else where
    if record.recorded is None:
        return "what a device wrote; it does not say when"
    return f"what a device wrote at {record.recorded}, {_age(record.recorded, now)}"


def _age(recorded: str, now: datetime) -> str:
    try:
        then = datetime.fromisoformat(recorded)
    except ValueError:
        return "a time that cannot be read"
    hours = (now - (then if then.tzinfo else then.replace(tzinfo=UTC))).total_seconds() / 3600
    if hours < 0:
        return "which is later than this report"
    if hours < _HOURS:
        return f"{hours:.0f} hour{'' if round(hours) == 1 else 's'} before this report"
    return f"{hours / 24:.0f} days before this report"


def _some(problems: tuple[str, ...]) -> tuple[str, ...]:
    shown = problems[:_SHOWN]
    more = len(problems) - len(shown)
    return (*shown, f"and {more} more") if more else shown
