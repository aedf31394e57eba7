"""What report.json says of the base, and of the lock of the commit it is about."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Source = Literal["committed", "measured", "missing"]
LockOutcome = Literal["fresh", "stale", "unknown"]


class _Part(BaseModel):
    """Frozen, and closed against keys nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StageReason(_Part):
    """A stage, and what is the matter with its entry in dvc.lock."""

    stage: str
    reason: str


class ReportedBase(_Part):
    """The commit that this one is compared with."""

    commit: str | None
    """None when there is none to compare with."""
    branch: str | None
    """The branch, or the revision, it is the merge base with."""
    behind: int
    """Commits the branch has and the checkout has not."""
    ahead: int
    """Commits the checkout has beyond the base."""
    chosen: str
    """Why this commit, or why none, in plain words."""
    source: Source
    """Where its numbers come from."""
    sentence: str
    """The same in plain words, or why there are none."""
    stale: tuple[StageReason, ...]
    """Stages whose entry in its dvc.lock does not match the files of that commit."""
    unchecked: tuple[StageReason, ...]
    """Stages of which that cannot be told here."""


class ReportedLock(_Part):
    """Whether dvc.lock of the checked-out commit matches the files of that commit."""

    commit: str
    outcome: LockOutcome
    stale: tuple[StageReason, ...]
    """Stages whose entry does not match."""
    unchecked: tuple[StageReason, ...]
    """Stages of which that cannot be told here."""
    sentence: str
    """The outcome in plain words, with what to do about it."""
