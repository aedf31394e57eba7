"""`replay`: the golden set goes through every target."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.artifacts.image_record import ImageRecord
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.records import ReferenceRecord, ReplayRecord, TargetRecord
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import GoldenSample, read_golden
from ml_ci.engines.context import context_hash
from ml_ci.environment import this_environment
from ml_ci.errors import UserError
from ml_ci.inquiry.choice import candidates_of, choose
from ml_ci.inquiry.kept_answers import SyntheticAnswers
from ml_ci.measurement import load_measurement, save_measurement
from ml_ci.noise import NoiseFloor
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.container import ContainerSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.params.targets import TargetsSettings
from ml_ci.receipt import Receipt
from ml_ci.stages.inquiring import Inquirer
from ml_ci.stages.labelled import labelled_test_set
from ml_ci.stages.recording import Recording
from ml_ci.stages.running import run_stage
from ml_ci.stages.traces import measured_synthetic, measured_trace
from ml_ci.steps import TENSOR
from ml_ci.targets.credentials import credentials_of
from ml_ci.targets.questions import Questions
from ml_ci.targets.requests import Picture
from ml_ci.targets.session_ways import ModelFiles
from ml_ci.trace.reading import Trace

STAGE = "replay"


def main() -> None:
    """Record one target after the other, save the traces; a target that fails is a finding."""
    targets = read_section(TargetsSettings).root
    credentials = credentials_of(targets, os.environ)
    model = read_section(ModelSettings)
    settings = read_section(ReplaySettings)
    threads = read_section(ComputeSettings).threads
    receipt = Receipt.of(STAGE)
    image = load_measurement("image", ImageRecord).result
    _check_context(image)
    reference = load_measurement("reference", ReferenceRecord).result
    folder = paths.model_folder(model.name, model.version)
    rule = decode_rule(read_section(PreprocessSettings), read_section(LimitSettings))
    golden = read_golden(paths.GOLDEN)
    trace = measured_trace(paths.REFERENCE, reference.trace_sha256)
    recording = Recording(
        receipt=receipt.sha256,
        settings=settings,
        container=read_section(ContainerSettings),
        image=image,
        card=ModelCard.load(folder),
        rule=rule,
        threads=threads,
        golden=golden,
        reference=trace,
        credentials=credentials,
        inquirer=Inquirer(
            questions=_questions(reference, trace, golden, settings, folder),
            files=ModelFiles(folder=folder, rule=rule, threads=threads),
        ),
    )
    records = []
    for name, target in targets.items():
        record = recording.record(name, target)
        records.append(record)
        print(f"{name}: {_said(record)}")
    result = ReplayRecord(targets=tuple(records))
    save_measurement(receipt, this_environment(threads=None).as_strings(), result)
    receipt.write()


def _questions(
    reference: ReferenceRecord,
    trace: Trace,
    golden: Sequence[GoldenSample],
    settings: ReplaySettings,
    folder: Path,
) -> Questions:
    """What every target is asked besides the golden set."""
    contents = {sample.name: sample.path for sample in golden}

    def picture_of(name: str) -> Picture:
        return Picture(
            name=name,
            content=contents[name].read_bytes(),
            tensor=lambda: trace.array(name, TENSOR.name),
        )

    return Questions(
        settings=settings,
        class_names=reference.class_names,
        chosen=choose(candidates_of(trace), picture_of, images=settings.invariants.images),
        synthetic=SyntheticAnswers.of(measured_synthetic(reference.synthetic_sha256)),
        noise=NoiseFloor.load(folder / paths.NOISE_FILE),
        test=labelled_test_set(),
    )


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
