"""The classifier: the ladder from `image` to `label` as one torch module, and as a reference.

``Classifier`` is what gets exported. ``Ladder`` runs it for people who hold numpy arrays: all the
way up, a single step, or from any rung on.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ml_ci.model.preprocess import Preprocess
from ml_ci.model.rounding import rounded
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.steps import IMAGE, LABEL, LADDER, LOGITS, PROBABILITIES, RESIZED, TENSOR

CLIMBED = LADDER[LADDER.index(IMAGE) :]
"""The rungs the model itself computes, starting from the one it is given."""


class Classifier(nn.Module):
    """uint8 N×H×W×3 → resized, tensor (N×C×S×S), logits, probabilities (N×K), in eval mode."""

    def __init__(
        self,
        settings: PreprocessSettings,
        network: nn.Module,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__()
        self.preprocess = Preprocess(settings, dtype)
        # A copy: what happens to the caller's network later cannot change this one
        self.network = copy.deepcopy(network).to(device="cpu", dtype=dtype)
        self.eval()

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """The four float rungs, in the order of the ladder."""
        resized, tensor = self.preprocess(image)
        logits = self.network(tensor)
        return resized, tensor, logits, probabilities(logits)


def probabilities(logits: Tensor) -> Tensor:
    """Softmax over the classes, N×K → N×K."""
    return torch.softmax(logits, dim=1)


class Ladder:
    """The reference side of the ladder: numpy in, numpy out, on the CPU.

    The bits depend on torch's number of threads; set it with ``model.compute``.
    """

    def __init__(
        self,
        settings: PreprocessSettings,
        network: nn.Module,
        class_names: Sequence[str],
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.classifier = Classifier(settings, network, dtype)
        self.settings = settings
        self.class_names = tuple(class_names)
        self.dtype = dtype
        self._functions: dict[str, Callable[[Tensor], Tensor]] = {
            RESIZED.name: self.classifier.preprocess.resized,
            TENSOR.name: self.classifier.preprocess.tensor,
            LOGITS.name: self.classifier.network,
            PROBABILITIES.name: probabilities,
        }

    def run(self, from_step: str, value: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Every rung above ``from_step``, given what stands on it; keys are step names.

        ``value`` has a leading N: uint8 N×H×W×3 for `image`, floats for the others. Float rungs
        are of this ladder's dtype, `label` is an array of N strings.
        """
        rungs: dict[str, NDArray[Any]] = {}
        for step in CLIMBED[1 + _position(from_step) :]:
            value = self.step(step.name, value)
            rungs[step.name] = value
        return rungs

    def step(self, name: str, previous: NDArray[Any]) -> NDArray[Any]:
        """What stands on rung ``name`` when ``previous`` stands on the one below."""
        if name == LABEL.name:
            return np.asarray([self.class_names[index] for index in previous.argmax(axis=1)])
        given = torch.tensor(previous)  # a copy: torch takes no read-only arrays
        if given.is_floating_point():
            given = given.to(self.dtype)
        with torch.inference_mode():
            result: NDArray[Any] = self._functions[name](given).numpy()
        return result

    def rounded(
        self, name: str, previous: NDArray[Any], *, samples: int, seed: int
    ) -> NDArray[Any]:
        """``step`` in float64, rounded as float32 may be: one input (1, …) → (samples, …)."""
        given = torch.tensor(previous)
        if given.is_floating_point():
            given = given.to(self.dtype)
        result = rounded(self._functions[name], given, samples=samples, seed=seed)
        return result.numpy()


def _position(name: str) -> int:
    return [step.name for step in CLIMBED].index(name)
