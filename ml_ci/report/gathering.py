"""Gathering everything measured for one run into one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ml_ci.artifacts import paths
from ml_ci.artifacts.bounds import ENTRIES, ROWS
from ml_ci.artifacts.evaluation import Evaluation, is_about, read_committed
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.image_record import ImageRecord
from ml_ci.artifacts.records import ReferenceRecord, ReplayRecord
from ml_ci.base.choosing import is_changed
from ml_ci.base.reading import BaseLook
from ml_ci.base.results import Base
from ml_ci.changes.since import Measured, changes_since
from ml_ci.data.manifest import Entry
from ml_ci.data.subset import subset_in_use
from ml_ci.errors import UserError
from ml_ci.golden.changes import golden_changes
from ml_ci.measurement import FIX, load_measurement, upstream_of
from ml_ci.params.evaluate import Thresholds
from ml_ci.params.forks import ForkSettings
from ml_ci.params.gate import GateSettings
from ml_ci.params.golden import GoldenSettings
from ml_ci.params.reading import read_plain
from ml_ci.parity.result import ParityResults
from ml_ci.receipt import Receipt
from ml_ci.report.against_base import base_checks
from ml_ci.report.engine import reported_engine
from ml_ci.report.gate import gate_checks, lock_checks
from ml_ci.report.golden import golden_checks
from ml_ci.report.schema import SCHEMA_VERSION, Report, SplitCount, StageTime, Subset
from ml_ci.report.subset import subset_of
from ml_ci.report.targets import reported_target
from ml_ci.report.weights import weights_used
from ml_ci.repository import Repository, current_commit
from ml_ci.trace.reading import Trace


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What params.yaml asks of a report."""

    thresholds: Thresholds
    golden: GoldenSettings
    gate: GateSettings
    forks: ForkSettings
    bins: int
    """`evaluate.calibration_bins`."""


def gather(
    receipt: Receipt,
    manifest: Sequence[Entry],
    stages: Sequence[StageTime],
    look: BaseLook,
    conditions: Conditions,
) -> Report:
    """The report of what is measured now, compared with the base that ``look`` found.

    Raises UserError when a measurement is missing.
    """
    reference = load_measurement("reference", ReferenceRecord).result
    evaluation = load_measurement("evaluate", Evaluation).result
    replay = load_measurement("replay", ReplayRecord).result
    judged = load_measurement("parity", ParityResults).result
    parity = judged.targets
    weights = weights_used()
    used = subset_in_use(conditions.forks, Repository())
    subset = subset_of(used, manifest, weights)
    own = manifest if used is None else used.whole or manifest
    base = _comparable(look.base, subset)
    changes = changes_since(
        base,
        _measured(evaluation, manifest, own, conditions.bins),
        Repository(),
        None if look.lock is None else look.lock.commit,
    )
    golden = golden_changes(reference, own, conditions.golden, base)
    commit, now = current_commit(), datetime.now(UTC)
    return Report(
        schema_version=SCHEMA_VERSION,
        receipt=receipt.sha256,
        upstream=upstream_of(receipt.stage),
        created=now.isoformat(timespec="seconds"),
        commit=None if commit is None else commit.sha,
        dirty=commit is not None and is_changed(Repository()),
        base=look.reported,
        lock=look.lock,
        gate=(
            *gate_checks(evaluation, conditions.thresholds, parity, reference.graph, subset),
            *base_checks(changes, conditions.gate),
            *golden_checks(golden, subset),
            *lock_checks(look.lock, conditions.gate.fresh_lock),
        ),
        engine=reported_engine(load_measurement("image", ImageRecord).result, replay.container),
        weights=weights,
        thresholds=conditions.thresholds.model_dump(),
        evaluation=evaluation,
        parity=parity,
        reference=judged.reference,
        targets=tuple(reported_target(target, now) for target in replay.targets),
        log_tail=tuple(line for target in replay.targets for line in target.log_tail)[:ROWS],
        environments={
            side: dict(list(Trace.open(paths.trace_folder(side)).environment.items())[:ENTRIES])
            for side in (paths.REFERENCE, *(result.target for result in parity))
        },
        data=_counts(manifest),
        stages=tuple(stages),
        subset=subset,
        changes=changes,
        golden=golden,
    )


def _comparable(base: Base | None, subset: Subset | None) -> Base | None:
    """The base, without its numbers where they say nothing about what was trained here."""
    if base is None or subset is None or not subset.trained:
        return base
    return replace(base, numbers=None)


def _measured(
    evaluation: Evaluation,
    manifest: Sequence[Entry],
    own: Sequence[Entry],
    bins: int,
) -> Measured:
    """Raises UserError when metrics/predictions.csv is not what `evaluate` wrote."""
    predictions = read_committed()
    if not is_about(predictions, evaluation):
        raise UserError(
            what="the predictions on the test images are not those of the last evaluation",
            where=str(paths.PREDICTIONS_CSV),
            fix=FIX,
        )
    return Measured(
        evaluation=evaluation,
        predictions=predictions,
        manifest=manifest,
        own=own,
        params=read_plain(),
        stages=read_plain(paths.PIPELINE)["stages"],
        weights_sha256=sha256_of_file(paths.WEIGHTS),
        model_bytes=sum(file.stat().st_size for file in paths.MODELS.rglob("*") if file.is_file()),
        bins=bins,
    )


def _counts(manifest: Sequence[Entry]) -> tuple[SplitCount, ...]:
    images: Counter[str] = Counter()
    classes: dict[str, set[str]] = {}
    for entry in manifest:
        if not entry.label:  # golden.csv and data.dvc
            continue
        split = entry.path.partition("/")[0]
        images[split] += 1
        classes.setdefault(split, set()).add(entry.label)
    return tuple(
        SplitCount(split=split, images=count, classes=len(classes[split]))
        for split, count in sorted(images.items())
    )
