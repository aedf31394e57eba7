"""The right numbers at the wrong places: axes mixed up, turned, mirrored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fault import Described, Remedy, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import TENSOR

Move = Callable[[NDArray[Any]], NDArray[Any]]
"""(N, C, S, S) → (N, C, S, S)."""


@dataclass(frozen=True, kw_only=True)
class Moved(Described):
    """The reference's tensor with its numbers moved."""

    moves: Mapping[str, Move]
    """By what is said."""
    server: str

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """All that keep the shape."""
        height, width = reference.settings.size
        probe = np.zeros((1, reference.settings.channels, height, width))
        return [
            self._variant(said, move)
            for said, move in self.moves.items()
            if move(probe).shape == probe.shape
        ]

    def _variant(self, said: str, move: Move) -> Variant:
        def make(resized: NDArray[Any], reference: Reference) -> NDArray[Any]:
            made = np.ascontiguousarray(move(reference.tensor(resized)))
            if made.shape != resized.shape:
                raise StepError(f"{said} does not keep the shape")
            return made

        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"how": said},
            said=said,
            remedy=Remedy(server=self.server, script=""),
            make=make,
        )


def _read_as_channels_first(tensor: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(tensor.transpose(0, 2, 3, 1)).reshape(tensor.shape)


def _read_as_channels_last(tensor: NDArray[Any]) -> NDArray[Any]:
    images, channels, height, width = tensor.shape
    return tensor.reshape(images, height, width, channels).transpose(0, 3, 1, 2)


def _columns_first(tensor: NDArray[Any]) -> NDArray[Any]:
    """As Fortran and MATLAB have it in memory; of a square the same as rows for columns."""
    images, channels, height, width = tensor.shape
    return tensor.transpose(0, 1, 3, 2).reshape(images, channels, height, width)


_TURNS: Mapping[str, Move] = {
    "mirrored left to right": lambda tensor: tensor[..., ::-1],
    "upside down": lambda tensor: tensor[..., ::-1, :],
    "turned by 180°": lambda tensor: tensor[..., ::-1, ::-1],
    "turned by 90° to the left": lambda tensor: np.rot90(tensor, 1, axes=(2, 3)),
    "turned by 90° to the right": lambda tensor: np.rot90(tensor, -1, axes=(2, 3)),
    "rows and columns exchanged": _columns_first,
    "rows and columns exchanged from the other corner": lambda tensor: np.rot90(
        tensor, 2, axes=(2, 3)
    ).transpose(0, 1, 3, 2),
}
_ASYMMETRIC = "a picture that is not its own mirror image"
FAULTS = (
    Moved(
        id="layout-misread",
        step=TENSOR.name,
        title="Height, width, channels read as channels, height, width",
        symptom="the network sees stripes of small copies; accuracy near chance",
        source="plausible",
        witness="any picture",
        moves={
            "H×W×C in memory read as C×H×W: reshaped instead of transposed": (
                _read_as_channels_first
            ),
            "C×H×W in memory read as H×W×C: reshaped instead of transposed": (
                _read_as_channels_last
            ),
        },
        server="`transpose(2, 0, 1)`, never `reshape`, from H×W×C to C×H×W",
    ),
    Moved(
        id="tensor-turned",
        step=TENSOR.name,
        title="The tensor turned or mirrored",
        symptom="mirrored or turned pictures; symmetric classes are right",
        source="plausible",
        witness=_ASYMMETRIC,
        moves=_TURNS,
        server="keep rows top to bottom and columns left to right: `transpose(2, 0, 1)`, not `.T`; "
        "no augmentation while serving",
    ),
)
