"""Checks as a reader sees them: what differs first, what is not known, and the rest folded away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml_ci.parity.check import Check, Outcome
from ml_ci.parity.result import ParityResult

MARK: dict[Outcome, str] = {"differs": "❌", "unknown": "❔", "note": "ℹ️", "agrees": "✓"}
_OPEN: tuple[Outcome, ...] = ("differs", "unknown")
_FOLDED: tuple[Outcome, ...] = ("note", "agrees")


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    """One row: a check, or several that are not known for the same reason."""

    outcome: Outcome
    names: str
    evidence: str


def open_checks(checks: Sequence[Check]) -> tuple[CheckRow, ...]:
    """What differs, then what is not known, each reason once.

    What the environment does not tell is for its own list: it decides nothing.
    """
    return _rows([one for one in checks if one.topic != "environment"], _OPEN)


def folded_checks(checks: Sequence[Check]) -> tuple[CheckRow, ...]:
    """Notes, then what agrees, without the environment."""
    return _rows([one for one in checks if one.topic != "environment"], _FOLDED)


def environment_rows(checks: Sequence[Check]) -> tuple[CheckRow, ...]:
    """As they were judged: what can matter for the step that parted stands in front."""
    return tuple(
        CheckRow(outcome=one.outcome, names=one.name, evidence=one.evidence)
        for one in checks
        if one.topic == "environment"
    )


def relevant_entries(target: ParityResult) -> tuple[str, ...]:
    """Entries of the environment that can matter for the step that parted."""
    return tuple(
        one.name
        for one in target.checks
        if one.topic == "environment" and one.outcome == "note" and one.step is not None
    )


def differing(target: ParityResult) -> tuple[Check, ...]:
    """The checks that close the gate; none where the reference itself is to blame."""
    if target.reference_failure:
        return ()
    return tuple(one for one in target.checks if one.outcome == "differs")


def in_one_cell(checks: Sequence[Check]) -> str:
    """``✗ 2`` with the number that differ, ``✓``, or ``○`` where nothing was looked at."""
    judged = [one for one in checks if one.topic != "environment"]
    count = sum(one.outcome == "differs" for one in judged)
    unknown = sum(one.outcome == "unknown" for one in judged)
    told = f"✗ {count}" if count else "✓" if len(judged) > unknown else "○"
    return f"{told} · {unknown} ❔" if unknown and judged else told


def folded_summary(checks: Sequence[Check]) -> str:
    """`checks_summary` of what ``folded_checks`` shows."""
    kept = [one for one in checks if one.topic != "environment" and one.outcome in _FOLDED]
    return checks_summary(kept)


def checks_summary(checks: Sequence[Check]) -> str:
    """How many of them came out how, in words: ``17 agree, 2 notes``."""
    counts = {outcome: sum(one.outcome == outcome for one in checks) for outcome in MARK}
    words = {
        "differs": _counted(counts["differs"], "differs", "differ"),
        "unknown": f"{counts['unknown']} could not be made",
        "note": _counted(counts["note"], "note", "notes"),
        "agrees": _counted(counts["agrees"], "agrees", "agree"),
    }
    return ", ".join(words[outcome] for outcome, count in counts.items() if count)


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _rows(checks: Iterable[Check], outcomes: Sequence[Outcome]) -> tuple[CheckRow, ...]:
    rows: dict[tuple[Outcome, str], list[str]] = {}
    ordered = sorted(
        (one for one in checks if one.outcome in outcomes),
        key=lambda one: outcomes.index(one.outcome),
    )
    for one in ordered:
        reason = one.evidence if one.outcome == "unknown" else f"{one.name}: {one.evidence}"
        rows.setdefault((one.outcome, reason), []).append(one.name)
    return tuple(
        CheckRow(
            outcome=outcome,
            names=", ".join(names),
            evidence=reason if outcome == "unknown" else reason.removeprefix(f"{names[0]}: "),
        )
        for (outcome, reason), names in rows.items()
    )
