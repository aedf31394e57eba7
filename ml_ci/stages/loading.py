"""Loading what several stages share: a split of data/, and the trained model as a ladder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from ml_ci.artifacts import paths
from ml_ci.data.decode import DecodeRule, ImageError, Picture, read_image
from ml_ci.data.samples import read_split
from ml_ci.errors import UserError
from ml_ci.model.classifier import Ladder
from ml_ci.model.images import LabelledImages
from ml_ci.model.network import build_network
from ml_ci.model.weights import WeightsCard, check_preprocessing, load_weights, read_card
from ml_ci.params.preprocess import PreprocessSettings


@dataclass(frozen=True, kw_only=True)
class TrainedModel:
    """The network with its weights, and what they belong to."""

    network: nn.Module
    card: WeightsCard
    preprocess: PreprocessSettings

    def ladder(self) -> Ladder:
        """The reference's ladder, float32."""
        return Ladder(self.preprocess, self.network, self.card.class_names)


def load_trained(preprocess: PreprocessSettings, path: Path = paths.WEIGHTS) -> TrainedModel:
    """The weights at ``path`` in the network of network.py, in eval mode.

    Raises UserError when they do not fit the network or this preprocessing.
    """
    card = read_card(path)
    check_preprocessing(path, card, preprocess)
    network = build_network(preprocess.channels, len(card.class_names))
    load_weights(path, network, card.class_names)
    return TrainedModel(network=network.eval(), card=card, preprocess=preprocess)


def load_ladder(preprocess: PreprocessSettings) -> Ladder:
    """The reference's ladder from what lies on the disk, in whatever process."""
    return load_trained(preprocess).ladder()


def load_split(folder: Path, rule: DecodeRule, class_names: Sequence[str]) -> LabelledImages:
    """All images of ``folder``, labelled by their position in ``class_names``.

    Raises UserError when one cannot be decoded or has a class that is not in ``class_names``.
    """
    samples = read_split(folder)
    unknown = sorted({sample.label for sample in samples} - set(class_names))
    if unknown:
        raise UserError(
            what=f"the model does not know the classes {', '.join(unknown)}",
            where=str(folder),
            fix="give every split the same classes, then train again",
        )
    return LabelledImages(
        names=tuple(sample.path.relative_to(folder).as_posix() for sample in samples),
        images=tuple(load_picture(sample.path, rule).image for sample in samples),
        labels=np.asarray([class_names.index(sample.label) for sample in samples], np.int64),
    )


def load_picture(path: Path, rule: DecodeRule) -> Picture:
    """One image, decoded. Raises UserError naming the file when it cannot be."""
    try:
        return read_image(path.read_bytes(), rule)
    except ImageError as error:
        raise UserError(
            what=f"the image cannot be used: {error}",
            where=str(path),
            fix="replace or remove it; `dvc repro validate` lists all such images",
        ) from None
