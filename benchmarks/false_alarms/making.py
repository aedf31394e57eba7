"""Making a subject: trained briefly, exported and calibrated as the pipeline does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnx.utils
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from benchmarks.false_alarms.layout import (
    FLOATS_FROM_IMAGE,
    FLOATS_FROM_TENSOR,
    FROM_IMAGE,
    FROM_TENSOR,
    IMAGES,
    REFERENCE,
    TENSORS,
    WEIGHTS,
    header,
)
from benchmarks.false_alarms.pictures import Sent
from benchmarks.false_alarms.subjects import Subject
from benchmarks.false_alarms.trained import built
from ml_ci.artifacts import paths
from ml_ci.artifacts.paths import NOISE_FILE
from ml_ci.data.decode import DecodeRule, read_image
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import read_split
from ml_ci.model.calibration import calibrate
from ml_ci.model.classifier import Ladder
from ml_ci.model.compute import fixed_threads, repeatable
from ml_ci.model.export import Provenance, export_model
from ml_ci.model.preprocess import Preprocess
from ml_ci.model.reference_steps import ReferenceSteps
from ml_ci.noise import NoiseFloor
from ml_ci.params.limits import LimitSettings
from ml_ci.params.reading import read_section
from ml_ci.parity.executor import StepError
from ml_ci.rung import Recorded, record_array, record_bytes, record_text
from ml_ci.stages.loading import load_trained
from ml_ci.steps import DECODED, FLOAT_STEPS, IMAGE, LABEL, RECEIVED, TENSOR
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter

THREADS = 1  # of the reference, as params.yaml has it
_BATCH = 24
_PROVENANCE = Provenance(weights_sha256="", data_sha256="", params_sha256="", versions={})


@dataclass(frozen=True, kw_only=True)
class Made:
    """A subject with everything that a comparison needs."""

    subject: Subject
    folder: Path
    ladder: Ladder
    noise: NoiseFloor
    reference: Trace
    steps: ReferenceSteps
    accuracy: float | None
    """On what it was trained with: no more than a sign that its logits are those of a network; None
    where nothing was trained."""


def make(subject: Subject, folder: Path, sent: Sequence[Sent]) -> Made:
    """Train, export, calibrate, and let the reference climb with the pictures ``sent``."""
    rule = decode_rule(subject.settings, read_section(LimitSettings))
    with fixed_threads(THREADS):
        network, accuracy = _trained(subject, rule)
        ladder = Ladder(subject.settings, network, subject.class_names)
        folder.mkdir(parents=True)
        save_file(network.state_dict(), folder / WEIGHTS)
        _export(ladder, folder, rule)
        noise = calibrate(ladder)
        noise.save(folder / NOISE_FILE)
        reference = _climbed(ladder, folder, sent, rule)
    contents = {one.name: one.content for one in sent}
    return Made(
        subject=subject,
        folder=folder,
        ladder=ladder,
        noise=NoiseFloor.load(folder / NOISE_FILE),
        reference=reference,
        steps=ReferenceSteps(ladder, rule, contents.__getitem__, StepError),
        accuracy=accuracy,
    )


def _trained(subject: Subject, rule: DecodeRule) -> tuple[nn.Module, float | None]:
    if subject.shipped:
        return load_trained(subject.settings).network, None
    with repeatable(subject.seed):
        samples = read_split(paths.DATA / "train")
        chosen = [samples[int(at)] for at in torch.randperm(len(samples))[: subject.pictures]]
        module = Preprocess(subject.settings).eval()
        with torch.no_grad():
            tensors = torch.cat(
                [
                    module(torch.tensor(read_image(one.path.read_bytes(), rule).image[None]))[1]
                    for one in chosen
                ]
            )  # (N, C, S, S)
        labels = torch.tensor([subject.class_names.index(one.label) for one in chosen])
        network = built(subject).train()
        optimiser = torch.optim.AdamW(network.parameters(), lr=0.004)
        for _ in range(subject.epochs):
            for batch in torch.split(torch.randperm(len(labels)), _BATCH):
                optimiser.zero_grad()
                loss = functional.cross_entropy(network(tensors[batch]), labels[batch])
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
        with torch.no_grad():
            right = (network.eval()(tensors).argmax(dim=1) == labels).double().mean()
    return network, float(right)


def _export(ladder: Ladder, folder: Path, rule: DecodeRule) -> None:
    """Both files, and both without the names of classes, which few other runtimes can hold."""
    exported = export_model(ladder, _PROVENANCE, rule.to_json())
    floats = [step.name for step in FLOAT_STEPS]
    (folder / FROM_IMAGE).write_bytes(exported.model)
    (folder / FROM_TENSOR).write_bytes(exported.network)
    for content, entry, outputs, name in (
        (exported.model, IMAGE.name, floats, FLOATS_FROM_IMAGE),
        (exported.network, TENSOR.name, floats[2:], FLOATS_FROM_TENSOR),
    ):
        extractor = onnx.utils.Extractor(onnx.load_from_string(content))
        onnx.save(extractor.extract_model([entry], outputs), folder / name)


def _climbed(ladder: Ladder, folder: Path, sent: Sequence[Sent], rule: DecodeRule) -> Trace:
    images, tensors = {}, {}
    with TraceWriter(folder / REFERENCE, header(REFERENCE)) as trace:
        for one in sent:
            picture = read_image(one.content, rule)
            climbed = ladder.run(IMAGE.name, picture.image[None])
            images[one.name], tensors[one.name] = picture.image, climbed[TENSOR.name][0]
            rungs: dict[str, Recorded] = {
                RECEIVED.name: record_bytes(one.content),
                DECODED.name: record_array(picture.decoded.pixels, text=picture.decoded.mode),
                IMAGE.name: record_array(picture.image),
            }
            for step, value in climbed.items():
                text = step == LABEL.name
                rungs[step] = record_text(str(value[0])) if text else record_array(value[0])
            trace.add(one.name, rungs)
    np.savez(folder / IMAGES, allow_pickle=False, **images)
    np.savez(folder / TENSORS, allow_pickle=False, **tensors)
    return Trace.open(folder / REFERENCE)
