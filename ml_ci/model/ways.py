"""Ways to ask the reference: the eager ladder on the CPU, the same network on another device."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property

import numpy as np
import torch

from ml_ci.inquiry.way import NoAnswerError, Rungs
from ml_ci.model.classifier import Classifier, Ladder
from ml_ci.model.images import Image
from ml_ci.rung import Array, record_array, record_text
from ml_ci.steps import IMAGE, LABEL, LOGITS, PROBABILITIES, RESIZED, TENSOR

_ANSWERS = (LOGITS.name, PROBABILITIES.name, LABEL.name)


class LadderWay:
    """Pictures up the ladder, as the reference's trace is made."""

    def __init__(self, ladder: Ladder) -> None:
        self._ladder = ladder

    def why_alone(self, _image: Image, /) -> str | None:
        """Any can be in a batch."""
        return None

    async def ask(self, images: Sequence[Image], /) -> Sequence[Rungs]:
        """Of several, which may differ in size, the network alone sees a batch.

        Raises NoAnswerError for what torch refuses.
        """
        try:
            return self._climb(images)
        except (RuntimeError, ValueError) as error:
            raise _refused("the ladder", error) from error

    def _climb(self, images: Sequence[Image]) -> Sequence[Rungs]:
        if len(images) == 1:
            return recorded(self._ladder.run(IMAGE.name, images[0][np.newaxis]), 1)
        tensors = [self._tensor(image) for image in images]  # (1, C, S, S) each
        return recorded(self._ladder.run(TENSOR.name, np.concatenate(tensors)), len(images))

    def _tensor(self, image: Image) -> Array:
        resized = self._ladder.step(RESIZED.name, image[np.newaxis])
        return self._ladder.step(TENSOR.name, resized)


class DeviceWay:
    """One picture at a time through the whole classifier on ``device``, every float rung told."""

    def __init__(self, ladder: Ladder, device: torch.device) -> None:
        self._ladder = ladder
        self._device = device

    def why_alone(self, _image: Image, /) -> str | None:
        """Batches are asked on the CPU."""
        return "one picture at a time on another device"

    async def ask(self, images: Sequence[Image], /) -> Sequence[Rungs]:
        """In exact float32 wherever the device has a coarser one as well.

        Raises NoAnswerError when the device is full, or has no such operation.
        """
        try:
            return [self._climb(image) for image in images]
        except RuntimeError as error:  # also out of memory, and not implemented
            raise _refused(str(self._device), error) from error

    @cached_property
    def _classifier(self) -> Classifier:
        return copy.deepcopy(self._ladder.classifier).to(self._device)

    def _climb(self, image: Image) -> Rungs:
        batch = torch.tensor(image[np.newaxis], device=self._device)  # (1, H, W, 3)
        with torch.inference_mode(), exact_float32():
            rungs = [rung.cpu().numpy() for rung in self._classifier(batch)]
        names = (RESIZED.name, TENSOR.name, LOGITS.name, PROBABILITIES.name)
        values = dict(zip(names, rungs, strict=True))
        values[LABEL.name] = self._ladder.step(LABEL.name, values[PROBABILITIES.name])
        return recorded(values, 1, steps=(*names, LABEL.name))[0]


def recorded(
    values: Mapping[str, Array], count: int, steps: Sequence[str] = _ANSWERS
) -> list[Rungs]:
    """``steps`` of a climb with ``count`` in front, picture by picture."""
    return [
        {
            step: record_text(str(values[step][index]))
            if step == LABEL.name
            else record_array(values[step][index])
            for step in steps
        }
        for index in range(count)
    ]


def _refused(side: str, error: Exception) -> NoAnswerError:
    return NoAnswerError(f"{side} refuses: {' '.join(str(error).split())[:200]}")


@contextmanager
def exact_float32() -> Iterator[None]:
    """No TF32 inside the block, which cuDNN uses for float32 unless told otherwise.

    Its 10 bits of mantissa are a setting of whoever trains or serves, and no property of the
    device; what is asked here is whether both devices compute the same network.
    """
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32
    try:
        matmul.allow_tf32 = cudnn.allow_tf32 = False
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32 = before
