"""`replay`: the golden set goes through every target."""

from __future__ import annotations

import os

from ml_ci.artifacts import paths
from ml_ci.artifacts.image_record import ImageRecord
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.records import ReferenceRecord, ReplayRecord, TargetRecord
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import read_golden
from ml_ci.engines.context import context_hash
from ml_ci.environment import this_environment
from ml_ci.errors import UserError
from ml_ci.measurement import load_measurement, save_measurement
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.container import ContainerSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.params.targets import TargetsSettings
from ml_ci.receipt import Receipt
from ml_ci.stages.recording import Recording
from ml_ci.stages.running import run_stage
from ml_ci.stages.traces import measured_trace
from ml_ci.targets.credentials import credentials_of

STAGE = "replay"


def main() -> None:
    """Record one target after the other, save the traces; a target that fails is a finding."""
    targets = read_section(TargetsSettings).root
    credentials = credentials_of(targets, os.environ)
    model = read_section(ModelSettings)
    receipt = Receipt.of(STAGE)
    image = load_measurement("image", ImageRecord).result
    _check_context(image)
    reference = load_measurement("reference", ReferenceRecord).result
    recording = Recording(
        receipt=receipt.sha256,
        settings=read_section(ReplaySettings),
        container=read_section(ContainerSettings),
        image=image,
        card=ModelCard.load(paths.model_folder(model.name, model.version)),
        rule=decode_rule(read_section(PreprocessSettings), read_section(LimitSettings)),
        threads=read_section(ComputeSettings).threads,
        golden=read_golden(paths.GOLDEN),
        reference=measured_trace(paths.REFERENCE, reference.trace_sha256),
        credentials=credentials,
    )
    records = []
    for name, target in targets.items():
        record = recording.record(name, target)
        records.append(record)
        print(f"{name}: {_said(record)}")
    result = ReplayRecord(targets=tuple(records))
    save_measurement(receipt, this_environment(threads=None).as_strings(), result)
    receipt.write()


def _said(record: TargetRecord) -> str:
    answered = record.images - record.failures
    when = f", recorded {record.recorded or 'nobody knows when'}" if record.kind == "dump" else ""
    why = f"; {record.gave_up}" if record.gave_up is not None else ""
    return f"{answered} of {record.images} images answered{when}{why}"


def _check_context(image: ImageRecord) -> None:
    """Raise UserError unless what will be started is what the image stage made."""
    folder = paths.BUILD_CONTEXT
    if not folder.is_dir() or context_hash(folder) != image.context_sha256:
        raise UserError(
            what="the server's build context is not the one that was made",
            where=str(folder),
            fix="run `make repro`, which makes it again",
        )


if __name__ == "__main__":
    run_stage(STAGE, main)
