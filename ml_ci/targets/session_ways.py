"""Ways to ask the exported model in this process, without a server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.artifacts.paths import MODEL_FILE, NETWORK_FILE
from ml_ci.data.decode import DecodeRule, read_image
from ml_ci.data.refusal import ImageError
from ml_ci.inquiry.way import NoAnswerError, Rungs
from ml_ci.onnx_runtime import onnxruntime
from ml_ci.rung import Array, record_array, record_text
from ml_ci.steps import IMAGE, LABEL, LOGITS, PROBABILITIES, TENSOR
from ml_ci.targets.requests import Picture

_ANSWERS = [LOGITS.name, PROBABILITIES.name, LABEL.name]


@dataclass(frozen=True, kw_only=True)
class ModelFiles:
    """Where a model lies and how it is run; unlike sessions it can be sent to another process."""

    folder: Path
    """With model.onnx and network.onnx."""
    rule: DecodeRule
    threads: int

    def way(self) -> SessionWay:
        """Pictures into sessions of this process. Raises NoAnswerError when there is no model."""
        return SessionWay(
            model=self._session(MODEL_FILE),
            network=self._session(NETWORK_FILE),
            image_of=self._image_of,
        )

    def network_way(self) -> NetworkWay:
        """Tensors into a session of this process. Raises NoAnswerError when there is no model."""
        return NetworkWay(network=self._session(NETWORK_FILE))

    def tensor_of(self) -> Callable[[str, bytes], Array | None]:
        """(name, encoded image) → what enters the network, None for what is no image.

        The model is loaded when the first is asked for; asking raises NoAnswerError without one.
        """
        model = cache(lambda: self._session(MODEL_FILE))

        def tensor(_name: str, content: bytes) -> Array | None:
            try:
                image = read_image(content, self.rule).image
            except ImageError:
                return None
            tensors: Array = _run(model(), [TENSOR.name], {IMAGE.name: image[np.newaxis]})[0]
            single: Array = tensors[0]
            return single

        return tensor

    def _session(self, name: str) -> Any:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.log_severity_level = 3  # errors: they come as exceptions too, and warnings are many
        path = self.folder / name
        try:
            return onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises a dozen classes of its own, all Exception
            words = " ".join(str(error).split())
            raise NoAnswerError(f"ONNX Runtime cannot load {path}: {words[:300]}") from error

    def _image_of(self, picture: Picture) -> NDArray[np.uint8]:
        return read_image(picture.content, self.rule).image


@dataclass(frozen=True, kw_only=True)
class SessionWay:
    """Pictures, into ONNX Runtime sessions of this process (untyped there)."""

    model: Any
    """From `image`."""
    network: Any
    """The same from `tensor`: pictures of different sizes are a batch only from there on."""
    image_of: Callable[[Picture], NDArray[np.uint8]]
    """uint8 H×W×3; may raise ImageError."""

    def why_alone(self, _picture: Picture, /) -> str | None:
        """Any can be in a batch."""
        return None

    async def ask(self, pictures: Sequence[Picture], /) -> Sequence[Rungs]:
        """In a thread, as a server does it. Raises NoAnswerError."""
        return await asyncio.to_thread(self._ask, pictures)

    def _ask(self, pictures: Sequence[Picture]) -> Sequence[Rungs]:
        try:
            images = [self.image_of(picture)[np.newaxis] for picture in pictures]  # (1, H, W, 3)
        except ImageError as error:
            raise NoAnswerError(str(error)) from None
        if len(images) == 1:
            return _rungs(_run(self.model, _ANSWERS, {IMAGE.name: images[0]}))
        tensors = [_run(self.model, [TENSOR.name], {IMAGE.name: image})[0] for image in images]
        return _rungs(_run(self.network, _ANSWERS, {TENSOR.name: np.concatenate(tensors)}))


@dataclass(frozen=True, kw_only=True)
class NetworkWay:
    """Tensors, into an ONNX Runtime session of this process."""

    network: Any

    def why_alone(self, _tensor: Array, /) -> str | None:
        """Any can be in a batch."""
        return None

    async def ask(self, tensors: Sequence[Array], /) -> Sequence[Rungs]:
        """In a thread. Raises NoAnswerError."""
        batch = {TENSOR.name: np.stack(tensors)}
        return _rungs(await asyncio.to_thread(_run, self.network, _ANSWERS, batch))


def no_tensor() -> None:
    """The `tensor` of a picture that is sent to another process, which a lambda cannot be."""


def _run(session: Any, steps: Sequence[str], inputs: Mapping[str, Array]) -> list[Array]:
    try:
        answers: list[Array] = session.run(steps, inputs)
    except Exception as error:  # see above
        raise NoAnswerError(f"ONNX Runtime refuses: {' '.join(str(error).split())}") from error
    return answers


def _rungs(answers: Sequence[Array]) -> list[Rungs]:
    """From arrays with a leading N, in the order of ``_ANSWERS``."""
    logits, probabilities, labels = answers
    return [
        {
            LOGITS.name: record_array(logits[index]),
            PROBABILITIES.name: record_array(probabilities[index]),
            LABEL.name: record_text(str(labels[index])),
        }
        for index in range(len(labels))
    ]
