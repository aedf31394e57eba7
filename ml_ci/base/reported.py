"""What report.json says of the base, and of the lock of the commit it is about."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ml_ci.artifacts.bounds import ROWS, Count, Name, Text

Source = Literal["committed", "measured", "missing"]
LockOutcome = Literal["fresh", "stale", "unknown"]


class _Part(BaseModel):
    """Frozen, and closed against keys nobody declared, NaN and infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StageReason(_Part):
    """A stage, and what is the matter with its entry in dvc.lock."""

    stage: Name
    reason: Text


class ReportedBase(_Part):
    """The commit that this one is compared with."""

    commit: Name | None
    """None when there is none to compare with."""
    branch: Name | None
    """The branch, or the revision, it is the merge base with."""
    behind: Count
    """Commits the branch has and the checkout has not."""
    ahead: Count
    """Commits the checkout has beyond the base."""
    chosen: Text
    """Why this commit, or why none, in plain words."""
    note: Text = ""
    """What was asked for and is not there; empty when all is well. Part of `chosen`."""
    source: Source
    """Where its numbers come from."""
    sentence: Text
    """The same in plain words, or why there are none."""
    stale: Annotated[tuple[StageReason, ...], Field(max_length=ROWS)]
    """Stages whose entry in its dvc.lock does not match the files of that commit."""
    unchecked: Annotated[tuple[StageReason, ...], Field(max_length=ROWS)]
    """Stages of which that cannot be told here."""


class ReportedLock(_Part):
    """Whether dvc.lock of the checked-out commit matches the files of that commit."""

    commit: Name
    outcome: LockOutcome
    stale: Annotated[tuple[StageReason, ...], Field(max_length=ROWS)]
    """Stages whose entry does not match."""
    unchecked: Annotated[tuple[StageReason, ...], Field(max_length=ROWS)]
    """Stages of which that cannot be told here."""
    sentence: Text
    """The outcome in plain words, with what to do about it."""
