"""What params.yaml accepts of one target: tolerances, and differences expected for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ml_ci.artifacts import paths
from ml_ci.errors import UserError
from ml_ci.params.targets import ExpectedDifference, TargetSettings
from ml_ci.parity.changes import CHANGES
from ml_ci.parity.executor import Change
from ml_ci.steps import FLOAT_STEPS


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """How a target may differ."""

    tolerances: Mapping[str, float] = field(default_factory=dict)
    """By step, instead of the noise floor: the largest own error allowed."""
    largest: Mapping[str, float] = field(default_factory=dict)
    """By step: the largest own error that is known and accepted."""
    changes: Mapping[str, Change] = field(default_factory=dict)
    """By step: what the target is known to do after it, and the reference is made to do, too."""
    notes: tuple[str, ...] = ()
    """Each of these in a sentence, those that have expired as well."""

    @property
    def steps(self) -> frozenset[str]:
        """Those at which something is accepted."""
        return frozenset((*self.tolerances, *self.largest, *self.changes))

    @property
    def moves_numbers(self) -> bool:
        """Whether anything is, so that a class may flip that is no tie."""
        return bool(self.steps)

    def number(self, step: str) -> float:
        """The largest own error that is accepted at ``step``, 0 without one."""
        return max(self.tolerances.get(step, 0.0), self.largest.get(step, 0.0))


NOTHING = Accepted()


def accepted_of(name: str, settings: TargetSettings, today: date) -> Accepted:
    """What holds ``today``. Raises UserError for a change that is none, or where it cannot be."""
    valid = [one for one in settings.expected if one.until >= today]
    for one in settings.expected:
        _check(name, one)
    tolerances = (
        f"at {step} an own error of {tolerance:g} is allowed, whatever the noise floor"
        for step, tolerance in settings.tolerances.items()
    )
    return Accepted(
        tolerances=settings.tolerances,
        largest={one.step: one.largest for one in valid if one.largest is not None},
        changes={one.step: CHANGES[one.change] for one in valid if one.change is not None},
        notes=(*tolerances, *(_note(one, today) for one in settings.expected)),
    )


def _note(one: ExpectedDifference, today: date) -> str:
    what = f"an own error up to {one.largest:g}" if one.change is None else one.change
    if one.until < today:
        return f"{what} at {one.step} was expected until {one.until} and no longer is: {one.reason}"
    return f"{what} at {one.step} is expected until {one.until}: {one.reason}"


def _check(name: str, one: ExpectedDifference) -> None:
    floats = [step.name for step in FLOAT_STEPS]
    if one.change is None or (one.change in CHANGES and one.step in floats):
        return
    known = ", ".join(CHANGES)
    raise UserError(
        what=f"`{one.change}` at `{one.step}` is no change that the reference can make",
        where=f"{paths.PARAMS}, targets.{name}.expected",
        fix=f"use one of {known}, at {', '.join(floats)}; or `change: null` and `largest`, the "
        "largest own error to accept",
    )
