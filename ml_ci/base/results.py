"""What is known of the base: its settings, its data, and what was measured there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ml_ci.artifacts.evaluation import Prediction
from ml_ci.artifacts.golden import GoldenSnapshot
from ml_ci.base.reported import Source
from ml_ci.data.manifest import Entry


@dataclass(frozen=True, kw_only=True)
class BaseNumbers:
    """What was measured of the base, as it is committed there or measured again here."""

    metrics: Mapping[str, float]
    """metrics/metrics.json without what is nested in it."""
    predictions: tuple[Prediction, ...]
    golden: GoldenSnapshot


@dataclass(frozen=True, kw_only=True)
class Base:
    """One commit to compare with."""

    commit: str
    """Full SHA-1 of the merge base."""
    branch: str
    """What it is the base of: the branch, or the revision, that was asked for."""
    behind: int
    """Commits the branch has and the checkout has not."""
    ahead: int
    """Commits the checkout has beyond the base."""
    source: Source
    sentence: str
    """Where the numbers come from, or why there are none, in plain words."""
    numbers: BaseNumbers | None
    """None exactly when the source is `missing`."""
    params: Mapping[str, Any]
    """params.yaml of that commit; empty when it has none that can be read."""
    manifest: tuple[Entry, ...]
    """data.manifest.csv of that commit; empty when it has none that can be read."""
    model_bytes: int | None
    """Size of everything in models/ by the dvc.lock of the numbers; None when it has none."""
    stale: tuple[str, ...]
    """Stages whose entry in its dvc.lock does not match the files of that commit."""
