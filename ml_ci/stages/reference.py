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
from ml_ci.artifacts.inquiry import invariants_not_asked
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
from ml_ci.model.model_file import read_model_file
from ml_ci.noise import NoiseFloor
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.receipt import Receipt
from ml_ci.rung import Recorded, record_array, record_bytes, record_text
from ml_ci.stages.loading import load_picture, load_trained
from ml_ci.stages.running import run_stage
from ml_ci.steps import DECODED, IMAGE, LABEL, PROBABILITIES, RECEIVED, RESIZED
from ml_ci.trace.layout import TRACE_FILE, TraceHeader
from ml_ci.trace.writing import TraceWriter

STAGE = paths.REFERENCE


def main() -> None:
    """Load the golden set and the model, climb, save the trace and the golden answers."""
    preprocess = read_section(PreprocessSettings)
    threads = read_section(ComputeSettings).threads
    rule = decode_rule(preprocess, read_section(LimitSettings))
    receipt = Receipt.of(STAGE)
    environment = this_environment(threads=threads, torch=True).as_strings()
    ladder = load_trained(preprocess).ladder()
    golden = read_golden(paths.GOLDEN)
    answers = []
    model = read_section(ModelSettings)
    folder = paths.model_folder(model.name, model.version)
    noise = NoiseFloor.load(folder / paths.NOISE_FILE)
    with fixed_threads(threads):
        resized = resize_probes(lambda image: ladder.step(RESIZED.name, image[None])[0])
        header = TraceHeader(
            target=STAGE,
            receipt=receipt.sha256,
            environment=environment | resized,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        pictures = ((sample.name, load_picture(sample.path, rule).image) for sample in golden)
        graph = _graph_difference(folder, noise, ladder, pictures, threads)
        with TraceWriter(paths.trace_folder(STAGE), header) as trace:
            for sample in golden:
                rungs = climb(sample, ladder, rule)
                trace.add(sample.name, rungs)
                answers.append(_answer(sample, rungs))
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
        facts=read_model_file(folder / paths.MODEL_FILE).facts,
        invariants=invariants_not_asked("not built in yet"),
        trace_sha256=sha256_of_file(paths.trace_folder(STAGE) / TRACE_FILE),
    )
    save_measurement(receipt, environment, record)
    receipt.write()
    print(f"{STAGE}: {right} of {len(answers)} golden images are predicted as labelled")


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
