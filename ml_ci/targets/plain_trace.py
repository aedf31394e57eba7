"""A plain trace: the rungs of a foreign server as a safetensors body of arrays named by step.

What anyone can write with ``safetensors.numpy.save({"image": …, "tensor": …})``. Hashes are made
here; the mode of `decoded` stays unknown. Arrays are recorded as they come, also in
another layout or float type than the reference's: what that means is for the comparison to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from ml_ci.rung import Array, Recorded, record_array, record_bytes
from ml_ci.steps import DECODED, IMAGE, LOGITS, PROBABILITIES, RECEIVED, RESIZED, TENSOR
from ml_ci.wire import TraceAnswer, is_packed, unpack, unpack_arrays

_FLOATS = ("float32", "float16", "float64")


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """What may stand on a rung."""

    types: tuple[str, ...]
    axes: str

    @property
    def words(self) -> str:
        return f"{' or '.join(self.types)} {self.axes}"


_WANTED = {
    RECEIVED.name: _Wanted(types=("uint8",), axes="N"),
    DECODED.name: _Wanted(types=("uint8", "uint16"), axes="H×W×C"),
    IMAGE.name: _Wanted(types=("uint8",), axes="H×W×3"),
    # Some servers resize in integers; the comparison then shows what rounding did
    RESIZED.name: _Wanted(types=(*_FLOATS, "uint8"), axes="C×S×S"),
    TENSOR.name: _Wanted(types=_FLOATS, axes="C×S×S"),
    LOGITS.name: _Wanted(types=_FLOATS, axes="K"),
    PROBABILITIES.name: _Wanted(types=_FLOATS, axes="K"),
}


def read_trace(body: bytes) -> TraceAnswer:
    """The answer of a trace route, plain or as ``ml_ci.wire`` packs it.

    Raises ValueError in one sentence when it is neither.
    """
    if is_packed(body):
        return unpack(body)
    arrays = unpack_arrays(body)
    if not arrays:
        raise ValueError(f"it holds no array; known: {', '.join(_WANTED)}")
    rungs = {step: _recorded(step, _checked(step, array)) for step, array in arrays.items()}
    return TraceAnswer(rungs=rungs, environment={})


def _recorded(step: str, array: Array) -> Recorded:
    return record_bytes(array.tobytes()) if step == RECEIVED.name else record_array(array)


def _checked(step: str, array: Array) -> Array:
    """The array without axes of a batch of one. Raises ValueError when it cannot be that rung."""
    wanted = _WANTED.get(step)
    if wanted is None:
        raise ValueError(f"it holds an array {step[:40]!r}; known: {', '.join(_WANTED)}")
    axes = wanted.axes.count("×") + 1
    alone = array
    while alone.ndim > axes and alone.shape[0] == 1:
        alone = alone[0]
    fits = alone.ndim == axes and alone.size > 0
    if step == IMAGE.name:  # RGB; how many channels the others have is the model's business
        fits = fits and alone.shape[-1] == 3
    if not fits or alone.dtype.name not in wanted.types:
        shape = "×".join(str(side) for side in array.shape) or "scalar"
        raise ValueError(f"`{step}` is {array.dtype.name} {shape}, expected {wanted.words}")
    return alone
