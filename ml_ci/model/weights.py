"""Weights on disk: safetensors with a card that says what they were trained for.

Nothing in the file depends on when or where it was written: two identical trainings give the same
bytes. Nothing pickled is ever read.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from ml_ci.artifacts.files import sha256_of_bytes, write_bytes
from ml_ci.errors import UserError
from ml_ci.params.preprocess import PreprocessSettings

# One key only: safetensors writes several in random order, and the bytes would vary
CARD_KEY = "ml-ci"


@dataclass(frozen=True, kw_only=True)
class WeightsCard:
    """What the weights belong to."""

    class_names: tuple[str, ...]
    """In the order of the logits."""
    channels: int
    """Of the network's input."""
    preprocess_sha256: str
    """Of the preprocessing they were trained behind: ``preprocess_sha256()``."""
    data_sha256: str
    """Of the images trained on: ``LabelledImages.sha256``."""
    profile: str
    seed: int
    device: str
    """Kind of device trained on: cpu, cuda, mps."""
    torch_version: str


def preprocess_sha256(settings: PreprocessSettings) -> str:
    """Hex SHA-256 of the preprocessing settings, whatever their order in params.yaml."""
    return sha256_of_bytes(json.dumps(settings.model_dump(), sort_keys=True).encode("utf-8"))


def save_weights(path: Path, network: nn.Module, card: WeightsCard) -> None:
    """Write the network's parameters and buffers, and the card, to ``path``."""
    tensors = {
        name: tensor.detach().cpu().contiguous().clone()  # clone: safetensors refuses shared memory
        for name, tensor in network.state_dict().items()
    }
    text = json.dumps(asdict(card), sort_keys=True, ensure_ascii=False)
    write_bytes(path, save(tensors, metadata={CARD_KEY: text}))


def read_card(path: Path) -> WeightsCard:
    """The card of a weights file. Raises UserError when it is none, or has no card."""
    return _read(path)[0]


def load_weights(path: Path, network: nn.Module, class_names: tuple[str, ...]) -> WeightsCard:
    """Put the weights at ``path`` into ``network`` and return their card.

    Raises UserError when the file is damaged, was made for other classes, or does not hold exactly
    the network's tensors with their shapes and finite numbers; the network is then untouched.
    """
    card, tensors = _read(path)
    if card.class_names != tuple(class_names):
        raise UserError(
            what=f"the weights know the classes {_listed(card.class_names)}, "
            f"the data has {_listed(class_names)}",
            where=str(path),
            fix="train again on this data, or restore the classes the weights were trained for",
        )
    _check_tensors(path, network.state_dict(), tensors)
    network.load_state_dict(tensors)
    return card


def check_preprocessing(path: Path, card: WeightsCard, settings: PreprocessSettings) -> None:
    """Raise UserError when the weights were trained behind another preprocessing."""
    if card.preprocess_sha256 != preprocess_sha256(settings):
        raise UserError(
            what="the weights were trained behind another preprocessing",
            where=str(path),
            fix="restore params.yaml's `preprocess` section of that training, or train again",
        )


def _read(path: Path) -> tuple[WeightsCard, dict[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as stream:
            metadata = stream.metadata() or {}
            tensors = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise UserError(
            what=f"the weights cannot be read: {error}",
            where=str(path),
            fix="fetch them with `dvc pull`, or train again with `dvc repro train`",
        ) from error
    try:
        return _card_from(json.loads(metadata[CARD_KEY])), tensors
    except (KeyError, ValueError, TypeError) as error:
        raise UserError(
            what="the weights do not say what they were trained for",
            where=f"{path}, metadata key `{CARD_KEY}`",
            fix="write them with ml_ci.model.weights.save_weights",
        ) from error


def _card_from(content: dict[str, Any]) -> WeightsCard:
    expected = {field.name for field in fields(WeightsCard)}
    if content.keys() != expected:
        raise ValueError(f"keys {sorted(content)}")
    return WeightsCard(**{**content, "class_names": tuple(content["class_names"])})


def _check_tensors(path: Path, wanted: dict[str, Tensor], found: dict[str, Tensor]) -> None:
    problems = [f"{name} is missing" for name in wanted.keys() - found.keys()]
    problems += [f"{name} is unknown to the network" for name in found.keys() - wanted.keys()]
    for name in wanted.keys() & found.keys():
        here, there = _kind(wanted[name]), _kind(found[name])
        if here != there:
            problems.append(f"{name} is {there}, the network wants {here}")
        elif not torch.isfinite(found[name]).all():
            problems.append(f"{name} holds numbers that are not finite")
    if problems:
        raise UserError(
            what="the weights do not fit the network: " + "; ".join(sorted(problems)),
            where=f"{path} against build_network in ml_ci/model/network.py",
            fix="train again, or restore the network.py these weights were trained with",
        )


def _kind(tensor: Tensor) -> str:
    shape = "×".join(map(str, tensor.shape)) or "a single number"
    return f"{str(tensor.dtype).removeprefix('torch.')} {shape}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 20 else f"{', '.join(names[:20])}, … ({len(names)})"
