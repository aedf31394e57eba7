"""`train`: a short, seeded training; or the weights of a full one, taken as they are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import torch
from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import new_folder, sha256_of_file, write_bytes
from ml_ci.artifacts.training_record import note_training, write_source
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import class_names
from ml_ci.errors import UserError
from ml_ci.model.curves import recorded, shown
from ml_ci.model.kept import save_kept
from ml_ci.model.training import TrainingResult, TrainingSetup, train
from ml_ci.model.weights import WeightsCard, preprocess_sha256, save_weights
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.train import TrainSettings
from ml_ci.stages.loading import load_split, load_trained
from ml_ci.stages.running import run_stage

STAGE = "train"


def main() -> None:
    """Fill trained/ and note on this machine where the weights came from."""
    settings = read_section(TrainSettings)
    with new_folder(paths.TRAINED) as folder:
        if settings.source == "pretrained":
            take_pretrained(folder)
        else:
            train_into(folder, settings)
        write_source(folder, settings.source)
    if settings.source == "training":
        note_training(
            sha256_of_file(paths.WEIGHTS), datetime.now(UTC).isoformat(timespec="seconds")
        )


def train_into(folder: Path, settings: TrainSettings) -> None:
    """Train with the chosen profile; weights, curves and the first epoch's inputs go to folder."""
    preprocess = read_section(PreprocessSettings)
    setup = TrainingSetup(
        preprocess=preprocess,
        train=settings,
        compute=read_section(ComputeSettings),
        class_names=class_names(paths.TRAIN),
    )
    rule = decode_rule(preprocess, read_section(LimitSettings))
    images = load_split(paths.TRAIN, rule, setup.class_names)
    with (
        recorded(folder / paths.CURVES.name) as record,
        shown(settings.chosen.epochs, Console(stderr=True)) as show,
    ):
        result = train(images, setup, [record, show])
    save_kept(folder / paths.FIRST_EPOCH.name, result.kept, setup.class_names, preprocess)
    card = _card(setup, result, images.sha256)
    save_weights(folder / paths.WEIGHTS.name, result.network, card)


def take_pretrained(folder: Path) -> None:
    """The weights of a full training, checked against the network and the preprocessing."""
    if not paths.PRETRAINED.is_file():
        raise UserError(
            what="`train.source` is `pretrained`, but there are no weights",
            where=str(paths.PRETRAINED),
            fix="run `dvc pull`; or `ml-ci train` and `dvc add` them; or set `source: training`",
        )
    load_trained(read_section(PreprocessSettings), paths.PRETRAINED)
    write_bytes(folder / paths.WEIGHTS.name, paths.PRETRAINED.read_bytes())


def _card(setup: TrainingSetup, result: TrainingResult, data_sha256: str) -> WeightsCard:
    return WeightsCard(
        class_names=setup.class_names,
        channels=setup.preprocess.channels,
        preprocess_sha256=preprocess_sha256(setup.preprocess),
        profile=setup.train.profile,
        seed=setup.train.seed,
        data_sha256=data_sha256,
        device=result.device,
        # The build (`+cpu`) would make the same training another file elsewhere
        torch_version=torch.__version__.partition("+")[0],
    )


if __name__ == "__main__":
    run_stage(STAGE, main)
