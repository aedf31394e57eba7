"""Gathering everything measured for one run into one report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from ml_ci.artifacts import paths
from ml_ci.artifacts.evaluation import Evaluation
from ml_ci.artifacts.records import BuiltImage, ImageRecord, ReferenceRecord, ReplayRecord
from ml_ci.base.reading import BaseLook
from ml_ci.data.manifest import Entry
from ml_ci.measurement import load_measurement, upstream_of
from ml_ci.params.evaluate import Thresholds
from ml_ci.parity.result import ParityResult
from ml_ci.receipt import Receipt
from ml_ci.report.gate import gate_checks, lock_checks
from ml_ci.report.schema import SCHEMA_VERSION, Engine, Report, SplitCount, StageTime
from ml_ci.report.weights import weights_used
from ml_ci.repository import current_commit
from ml_ci.trace import Trace

_ID_CHARACTERS = 12  # as many as the docker command shows


def gather(
    receipt: Receipt,
    thresholds: Thresholds,
    manifest: Sequence[Entry],
    stages: Sequence[StageTime],
    look: BaseLook,
    fresh_lock: str,
) -> Report:
    """The report of what is measured now, compared with the base that ``look`` found.

    ``fresh_lock`` is `gate.fresh_lock` of params.yaml.
    Raises UserError when a measurement is missing.
    """
    reference = load_measurement("reference", ReferenceRecord).result
    evaluation = load_measurement("evaluate", Evaluation).result
    replay = load_measurement("replay", ReplayRecord).result
    parity = load_measurement("parity", ParityResult).result
    commit = current_commit()
    return Report(
        schema_version=SCHEMA_VERSION,
        receipt=receipt.sha256,
        upstream=upstream_of(receipt.stage),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=None if commit is None else commit.sha,
        dirty=commit is not None and commit.dirty,
        base=look.reported,
        lock=look.lock,
        gate=(
            *gate_checks(evaluation, thresholds, [parity], reference.graph),
            *lock_checks(look.lock, fresh_lock),
        ),
        engine=_engine(load_measurement("image", ImageRecord).result, replay),
        weights=weights_used(),
        thresholds=thresholds.model_dump(),
        evaluation=evaluation,
        parity=(parity,),
        log_tail=replay.log_tail,
        environments={
            side: Trace.open(paths.trace_folder(side)).environment
            for side in (paths.REFERENCE, parity.target)
        },
        data=_counts(manifest),
        stages=tuple(stages),
    )


def _engine(image: ImageRecord, replay: ReplayRecord) -> Engine:
    """The container counts as exercised once it has answered something."""
    ran = replay.image if replay.failures < replay.images else None
    return Engine(
        wanted=image.wanted,
        used=image.used,
        container_exercised=ran is not None,
        stand_in=ran is not None and ran.stands_in_for is not None,
        sentence=_engine_sentence(image, ran),
    )


def _engine_sentence(image: ImageRecord, ran: BuiltImage | None) -> str:
    if image.used == "process":
        why = f" ({image.reason})" if image.reason else ""
        return (
            f"the server ran as a process{why}, from the wheels it ships with; the container "
            "itself was not exercised"
        )
    if image.image is None:
        return "there is no container: its image could not be built"
    if ran is None:
        return f"the server was started by {image.used} from image {image.image.name} in vain"
    sentence = f"the server ran in its container, by {image.used}, image {ran.name}"
    sentence += f" ({ran.id.removeprefix('sha256:')[:_ID_CHARACTERS]})"
    if ran.base is not None:
        sentence += f" made from {ran.base}"
    if ran.stands_in_for is not None:
        sentence += f", which stands in for {ran.stands_in_for}"
    return sentence


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
