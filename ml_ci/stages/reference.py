"""`reference`: the golden set climbs the ladder in PyTorch; the exported graph is held to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.golden import GoldenAnswer, GoldenImage, snapshot
from ml_ci.artifacts.inputs import note_inputs
from ml_ci.artifacts.inquiry import InvariantsRecord
from ml_ci.artifacts.records import ReferenceRecord
from ml_ci.data.decode import DecodeRule
from ml_ci.data.probes import resize_probes
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import GoldenSample, read_golden
from ml_ci.environment import this_environment
from ml_ci.errors import UserError
from ml_ci.golden.naming import GoldenSet
from ml_ci.golden.renewing import renew_snapshot
from ml_ci.measurement import save_measurement
from ml_ci.model.classifier import Ladder
from ml_ci.model.compute import fixed_threads
from ml_ci.model.export_check import check_against_eager
from ml_ci.model.images import Image
from ml_ci.model.reference_facts import reference_facts
from ml_ci.noise import NoiseFloor
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.receipt import Receipt
from ml_ci.rung import Recorded, record_array, record_bytes, record_text
from ml_ci.stages.loading import load_ladder, load_picture
from ml_ci.stages.running import run_stage
from ml_ci.stages.self_examination import SelfExamination
from ml_ci.steps import DECODED, IMAGE, LABEL, PROBABILITIES, RECEIVED, RESIZED
from ml_ci.trace.layout import TRACE_FILE, TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter

STAGE = paths.REFERENCE


def main() -> None:
    """Load the golden set and the model, climb, ask again, save the trace and what was answered."""
    preprocess = read_section(PreprocessSettings)
    compute = read_section(ComputeSettings)
    rule = decode_rule(preprocess, read_section(LimitSettings))
    model = read_section(ModelSettings)
    receipt = Receipt.of(STAGE)
    environment = this_environment(threads=compute.threads, torch=True).as_strings()
    ladder = load_ladder(preprocess)
    golden = read_golden(paths.GOLDEN)
    folder = paths.model_folder(model.name, model.version)
    noise = NoiseFloor.load(folder / paths.NOISE_FILE)
    with fixed_threads(compute.threads):
        header = _header(receipt, environment, ladder)
        pictures = ((sample.name, load_picture(sample.path, rule).image) for sample in golden)
        graph = _graph_difference(folder, noise, ladder, pictures, compute.threads)
        answers = _climb_all(golden, ladder, rule, header)
    examination = SelfExamination(
        ladder=ladder,
        preprocess=preprocess,
        settings=read_section(ReplaySettings),
        compute=compute,
    )
    invariants = _invariants(examination, golden, rule)
    measured = snapshot(sha256_of_file(paths.WEIGHTS), answers)
    renew_snapshot(measured, _images(golden))
    # metrics/golden.json says itself whose answers it holds, and may be accepted after this run
    note_inputs(STAGE, receipt.text, [])
    right = sum(answer.predicted == answer.label for answer in answers)
    record = ReferenceRecord(
        images=len(answers),
        right=right,
        graph=graph,
        weights_sha256=measured.weights_sha256,
        class_names=ladder.class_names,
        answers=measured.answers,
        probability_noise=noise.allowed_inherited(PROBABILITIES.name, np.ones(1)),
        facts=reference_facts(ladder, rule, folder / paths.MODEL_FILE),
        invariants=invariants,
        synthetic_sha256=examination.answer_synthetic(header),
        trace_sha256=sha256_of_file(paths.trace_folder(STAGE) / TRACE_FILE),
    )
    save_measurement(receipt, environment, record)
    receipt.write()
    print(f"{STAGE}: {right} of {len(answers)} golden images are predicted as labelled")


def _header(receipt: Receipt, environment: dict[str, str], ladder: Ladder) -> TraceHeader:
    resized = resize_probes(lambda image: ladder.step(RESIZED.name, image[None])[0])
    return TraceHeader(
        target=STAGE,
        receipt=receipt.sha256,
        environment=environment | resized,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _climb_all(
    golden: Sequence[GoldenSample], ladder: Ladder, rule: DecodeRule, header: TraceHeader
) -> list[GoldenAnswer]:
    """Write the trace; what was answered, image by image."""
    answers = []
    with TraceWriter(paths.trace_folder(STAGE), header) as trace:
        for sample in golden:
            rungs = climb(sample, ladder, rule)
            trace.add(sample.name, rungs)
            answers.append(_answer(sample, rungs))
    return answers


def _invariants(
    examination: SelfExamination, golden: Sequence[GoldenSample], rule: DecodeRule
) -> InvariantsRecord:
    """Takes as long as a new process needs to load torch."""
    print(f"{STAGE}: asking it again, in batches and in a fresh process", flush=True)
    by_name = {sample.name: sample.path for sample in golden}
    trace = Trace.open(paths.trace_folder(STAGE))
    return examination.invariants(trace, lambda name: load_picture(by_name[name], rule).image)


def _graph_difference(
    folder: Path,
    noise: NoiseFloor,
    ladder: Ladder,
    images: Iterable[tuple[str, Image]],
    threads: int,
) -> str | None:
    """How the exported graph differs from eager PyTorch on the golden images; a finding, no end."""
    graph = (folder / paths.MODEL_FILE).read_bytes()
    try:
        check_against_eager(graph, ladder, images, noise, threads)
    except UserError as difference:
        return f"{difference.what} ({difference.where})"
    return None


def _images(golden: Sequence[GoldenSample]) -> GoldenSet:
    return {
        sample.name: GoldenImage(sha256=sha256_of_file(sample.path), label=sample.label)
        for sample in golden
    }


def climb(sample: GoldenSample, ladder: Ladder, rule: DecodeRule) -> dict[str, Recorded]:
    """Every rung of one image, as the training side computes it."""
    picture = load_picture(sample.path, rule)
    rungs = {
        RECEIVED.name: record_bytes(sample.path.read_bytes()),
        DECODED.name: record_array(picture.decoded.pixels, text=picture.decoded.mode),
        IMAGE.name: record_array(picture.image),
    }
    for step, value in ladder.run(IMAGE.name, picture.image[None]).items():  # (1, H, W, 3)
        single = value[0]
        rungs[step] = record_text(str(single)) if step == LABEL.name else record_array(single)
    return rungs


def _answer(sample: GoldenSample, rungs: dict[str, Recorded]) -> GoldenAnswer:
    probabilities = rungs[PROBABILITIES.name].array
    predicted = rungs[LABEL.name].rung.text
    if probabilities is None or predicted is None:
        raise RuntimeError(f"the ladder of {sample.name} ends before its label")
    return GoldenAnswer(
        image=sample.name,
        label=sample.label,
        predicted=predicted,
        confidence=float(probabilities.max()),
    )


if __name__ == "__main__":
    run_stage(STAGE, main)
