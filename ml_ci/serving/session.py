"""A session: the exported model, loaded once, climbed from `image` or from `tensor`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.paths import MODEL_FILE, NETWORK_FILE
from ml_ci.errors import UserError
from ml_ci.onnx_runtime import onnxruntime
from ml_ci.rung import Array, Recorded, record_array, record_text
from ml_ci.serving.protocol import ModelIdentity, Prediction
from ml_ci.steps import IMAGE, LABEL, LADDER, LOGITS, PROBABILITIES, RESIZED, TENSOR

FROM_IMAGE = (RESIZED, TENSOR, LOGITS, PROBABILITIES, LABEL)
FROM_TENSOR = (LOGITS, PROBABILITIES, LABEL)


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What the exported file says about itself."""

    identity: ModelIdentity
    class_names: tuple[str, ...]
    provenance: dict[str, Any]
    """Data hash, params hash, library versions: whatever the export stored."""
    preprocess: dict[str, Any]
    """The settings behind the rungs from `resized` on."""


class ModelSession:
    """One model on ONNX Runtime; safe to use from several threads."""

    def __init__(self, *, card: ModelCard, model: Any, network: Any | None) -> None:
        """``model`` and ``network`` are onnxruntime.InferenceSession objects (untyped there)."""
        self.card = card
        self._model = model
        self._network = network

    def predict(self, image: NDArray[np.uint8]) -> Prediction:
        """Label and probabilities of one picture, uint8 H×W×3."""
        steps = (PROBABILITIES.name, LABEL.name)
        # One picture per run: pictures differ in size, and a batch of others must not be able to
        # move the bits of an answer.
        probabilities, label = self._model.run(list(steps), {IMAGE.name: image[np.newaxis]})
        return Prediction(label=str(label[0]), probabilities=probabilities[0])

    def climb_from_image(self, image: NDArray[np.uint8]) -> dict[str, Recorded]:
        """All rungs from `resized` on for one picture, uint8 H×W×3."""
        return _climb(self._model, IMAGE.name, image, [step.name for step in FROM_IMAGE])

    def resize(self, image: NDArray[np.uint8]) -> Array:
        """What stands on `resized` of one picture, C×S×S."""
        (resized,) = self._model.run([RESIZED.name], {IMAGE.name: image[np.newaxis]})
        single: Array = resized[0]
        return single

    def climb_from_tensor(self, tensor: NDArray[np.float32]) -> dict[str, Recorded]:
        """All rungs from `logits` on for one network input, float32 of ``tensor_shape``."""
        if self._network is None:
            raise RuntimeError(f"the session was loaded without {NETWORK_FILE}")
        return _climb(self._network, TENSOR.name, tensor, [step.name for step in FROM_TENSOR])

    @property
    def tensor_shape(self) -> tuple[int, ...] | None:
        """C×H×W the network takes; None when the session has no network of its own."""
        if self._network is None:
            return None
        _, *sides = self._network.get_inputs()[0].shape
        return tuple(sides)


def load_session(
    models: Path, *, name: str, version: int | None, threads: int, network: bool
) -> ModelSession:
    """Load ``models/<name>/<version>/model.onnx``, the highest version when ``version`` is None.

    ``network`` loads the sub-graph beside it too, which `climb_from_tensor` needs. Raises UserError
    when there is no such model or it cannot be read.
    """
    folder = _version_folder(models / name, version)
    model = _inference_session(folder / MODEL_FILE, threads)
    known = [output.name for output in model.get_outputs()]
    missing = [step.name for step in FROM_IMAGE if step.name not in known]
    if missing:
        raise _not_loadable(folder / MODEL_FILE, f"it has no output `{missing[0]}`")
    identity = ModelIdentity(
        name=name, version=int(folder.name), sha256=sha256_of_file(folder / MODEL_FILE)
    )
    return ModelSession(
        card=_card(folder / MODEL_FILE, identity, model.get_modelmeta().custom_metadata_map),
        model=model,
        network=_inference_session(folder / NETWORK_FILE, threads) if network else None,
    )


def _climb(session: Any, entry: str, value: Array, steps: Sequence[str]) -> dict[str, Recorded]:
    values = dict(zip(steps, session.run(steps, {entry: value[np.newaxis]}), strict=True))
    label = str(values.pop(LABEL.name)[0])
    # The leading axis is the batch of one, (1, …) → (…)
    rungs = {step: record_array(array[0]) for step, array in values.items()}
    rungs[LABEL.name] = record_text(label)
    return {step.name: rungs[step.name] for step in LADDER if step.name in rungs}


def _version_folder(model: Path, version: int | None) -> Path:
    versions = (
        {int(path.name): path for path in model.iterdir() if path.name.isdecimal()}
        if model.is_dir()
        else {}
    )
    if version is None and versions:
        return versions[max(versions)]
    if version is not None and version in versions:
        return versions[version]
    wanted = "no version" if version is None else f"no version {version}"
    raise UserError(
        what=f"there is {wanted} of the model",
        where=str(model),
        fix="run `dvc repro export`, or name a folder that holds <name>/<version>/model.onnx",
    )


def _inference_session(path: Path, threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(
            str(path), sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises a dozen classes of its own, all Exception
        raise _not_loadable(path, " ".join(str(error).split())) from error


def _card(path: Path, identity: ModelIdentity, metadata: Mapping[str, str]) -> ModelCard:
    try:
        names = json.loads(metadata["class_names"])
        provenance = json.loads(metadata["provenance"])
        preprocess = json.loads(metadata["preprocess"])
        if not isinstance(names, list):
            raise TypeError("class_names is a list")
        if not isinstance(provenance, dict) or not isinstance(preprocess, dict):
            raise TypeError("provenance and preprocess are objects")
    except KeyError as error:
        raise _not_loadable(path, f"its metadata has no {error}") from None
    except (ValueError, TypeError) as error:
        raise _not_loadable(path, f"its metadata is malformed: {error}") from None
    return ModelCard(
        identity=identity,
        class_names=tuple(str(name) for name in names),
        provenance=provenance,
        preprocess=preprocess,
    )


def _not_loadable(path: Path, why: str) -> UserError:
    return UserError(
        what=f"the model cannot be loaded: {why}",
        where=str(path),
        fix="run `dvc repro export`, which writes it",
    )
