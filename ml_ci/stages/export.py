"""`export`: one ONNX file from RGB pixels to the class name, its network, and the noise floor."""

from __future__ import annotations

import json
from importlib.metadata import version

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import new_folder, sha256_of_bytes, sha256_of_file, write_bytes
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.data.decode import DecodeRule
from ml_ci.data.rule import decode_rule
from ml_ci.model.calibration import calibrate, calibration_pictures
from ml_ci.model.compute import fixed_threads
from ml_ci.model.export import ExportedModel, Provenance, export_model
from ml_ci.model.export_check import check_against_eager
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.stages.loading import TrainedModel, load_trained
from ml_ci.stages.running import run_stage

STAGE = "export"
LIBRARIES = ("torch", "onnx", "onnxscript")


def main() -> None:
    """Export, calibrate, check against eager, save; nothing is saved when the check fails."""
    threads = read_section(ComputeSettings).threads
    preprocess = read_section(PreprocessSettings)
    trained = load_trained(preprocess)
    rule = decode_rule(preprocess, read_section(LimitSettings))
    model = read_section(ModelSettings)
    ladder = trained.ladder()
    with fixed_threads(threads):
        print(f"{STAGE}: exporting the graph, about ten seconds", flush=True)
        exported = export_model(ladder, _provenance(trained, rule), rule.to_json())
        print(f"{STAGE}: calibrating the noise floor, then checking against PyTorch", flush=True)
        noise = calibrate(ladder)
        pictures = [(f"calibration {n}", p) for n, p in enumerate(calibration_pictures())]
        worst = check_against_eager(exported.model, ladder, pictures, noise, threads)
    with new_folder(paths.MODELS) as scratch:
        folder = scratch / model.name / str(model.version)
        write_bytes(folder / paths.MODEL_FILE, exported.model)
        write_bytes(folder / paths.NETWORK_FILE, exported.network)
        noise.save(folder / paths.NOISE_FILE)
        _card(model, trained, exported).save(folder)
    for found in worst:
        share = f"{found.ratio:.0%} of what noise explains"
        print(f"{STAGE}: {found.step} differs from PyTorch by {found.difference:.2g}, {share}")


def _provenance(trained: TrainedModel, rule: DecodeRule) -> Provenance:
    params = {"preprocess": trained.preprocess.model_dump(), "decode_rule": rule.to_json()}
    return Provenance(
        weights_sha256=sha256_of_file(paths.WEIGHTS),
        data_sha256=trained.card.data_sha256,
        params_sha256=sha256_of_bytes(json.dumps(params, sort_keys=True).encode("utf-8")),
        # The build (`+cpu`) is no part of what the graph is made with
        versions={name: version(name).partition("+")[0] for name in LIBRARIES},
    )


def _card(model: ModelSettings, trained: TrainedModel, exported: ExportedModel) -> ModelCard:
    return ModelCard(
        name=model.name,
        version=model.version,
        class_names=trained.card.class_names,
        model_sha256=sha256_of_bytes(exported.model),
        network_sha256=sha256_of_bytes(exported.network),
        weights_sha256=sha256_of_file(paths.WEIGHTS),
    )


if __name__ == "__main__":
    run_stage(STAGE, main)
