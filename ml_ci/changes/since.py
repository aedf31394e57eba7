"""Everything that changed since the base, from what was measured here and what is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_ci.artifacts.evaluation import Evaluation, Prediction
from ml_ci.artifacts.paired import LISTED
from ml_ci.base.results import Base
from ml_ci.chance.pairing import flips
from ml_ci.changes.committed import committed_numbers
from ml_ci.changes.curves import read_curves
from ml_ci.changes.drawing import drawing_of
from ml_ci.changes.images import data_changes
from ml_ci.changes.metrics import metric_changes
from ml_ci.changes.pairing import Side, class_changes, paired, pairs_of
from ml_ci.changes.result import Changes, CommittedNumbers, Confusion, Size
from ml_ci.changes.settings import param_changes, settings_state
from ml_ci.changes.training_inputs import same_training_inputs
from ml_ci.data.manifest import Entry
from ml_ci.repository import Repository


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What this run measured, and of what."""

    evaluation: Evaluation
    predictions: Sequence[Prediction]
    manifest: Sequence[Entry]
    own: Sequence[Entry]
    """The manifest of the commit: another one where `manifest` is that of a public subset."""
    params: Mapping[str, Any]
    stages: Mapping[str, Any]
    """As dvc.yaml declares them."""
    weights_sha256: str
    model_bytes: int
    bins: int
    """`evaluate.calibration_bins`."""


def changes_since(
    base: Base | None, measured: Measured, repository: Repository, clean: str | None
) -> Changes:
    """The section of the report; ``clean`` is the checked-out commit, None if files differ from it.

    Without a base there are still values with their intervals, curves and the drawing.
    """
    numbers = None if base is None else base.numbers
    before = Side(
        predictions=() if numbers is None else numbers.predictions,
        manifest=() if base is None else base.manifest,
    )
    now = Side(predictions=measured.predictions, manifest=measured.manifest)
    pairs = pairs_of(before, now)
    classes = class_changes(pairs)
    same = len(pairs) == len(before.predictions) == len(now.predictions)
    confusions = _confusions(measured.predictions, before.predictions if same else None)
    params = () if base is None else param_changes(base.params, measured.params)
    data = () if base is None else data_changes(base.manifest, measured.own)
    return Changes(
        state=settings_state(measured.params),
        metrics=metric_changes(
            measured.evaluation.metrics,
            measured.predictions,
            None if numbers is None else numbers.metrics,
            before.predictions,
            pairs,
            bins=measured.bins,
        ),
        paired=None if numbers is None else paired(pairs, before, now),
        expected=base is not None and _expected(base, measured, repository),
        flips=flips(pairs),
        classes=classes[:LISTED],
        classes_changed=len(classes),
        confusions=confusions[:LISTED],
        confusions_found=len(confusions),
        params=params[:LISTED],
        params_changed=len(params),
        data=data[:LISTED],
        data_changed=sum(change.images for change in data),
        size=Size(value=measured.model_bytes, base=None if base is None else base.model_bytes),
        curves=read_curves(),
        drawing=drawing_of(measured.stages),
        committed=_committed(repository, clean, measured, now),
    )


def _expected(base: Base, measured: Measured, repository: Repository) -> bool:
    """Whether the weights are others without any input of the training being so."""
    if base.numbers is None or base.numbers.golden.weights_sha256 == measured.weights_sha256:
        return False
    return same_training_inputs(repository.files_of(base.commit).read, _read)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _committed(
    repository: Repository, clean: str | None, measured: Measured, now: Side
) -> CommittedNumbers | None:
    if clean is None:
        return None
    files = repository.files_of(clean)
    return committed_numbers(files, measured.evaluation.metrics, now, measured.weights_sha256)


def _confusions(
    predictions: Sequence[Prediction], of_base: Sequence[Prediction] | None
) -> tuple[Confusion, ...]:
    """Which class was taken for which, the most frequent first.

    ``of_base`` is None unless it is about the same test images.
    """
    now = _mistakes(predictions)
    before = None if of_base is None else _mistakes(of_base)
    found = [
        Confusion(
            label=label,
            predicted=predicted,
            images=count,
            base=None if before is None else before[label, predicted],
        )
        for (label, predicted), count in now.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.images, one.label, one.predicted)))


def _mistakes(predictions: Sequence[Prediction]) -> Counter[tuple[str, str]]:
    return Counter((row.label, row.predicted) for row in predictions if row.label != row.predicted)
