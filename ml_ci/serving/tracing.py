"""The trace route's work: bytes, a picture or a tensor in, the rungs from there on out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import ImageError, check_size
from ml_ci.rung import Array, Recorded, record_array
from ml_ci.serving.climb import Climber
from ml_ci.serving.protocol import BAD_REQUEST, UNUSABLE
from ml_ci.serving.request_error import RequestError
from ml_ci.steps import HASHED_STEPS, IMAGE, TENSOR
from ml_ci.wire import MEDIA_TYPE, TraceAnswer, pack, unpack_arrays


@dataclass(frozen=True, kw_only=True)
class Tracer:
    """Records what stands on each rung of this server."""

    climber: Climber
    environment: dict[str, str]

    def answer(self, body: bytes, *, media_type: str, pixels: bool) -> bytes:
        """The answer to one request, as ``ml_ci.wire`` packs it.

        A body of type ``application/x-safetensors`` holds one array, `image` (uint8 H×W×3) or
        `tensor` (float32 C×S×S); any other body is an encoded image. ``pixels`` sends what stands
        on the rungs up to `image` too, not only their hashes. Raises RequestError for an unusable
        body.
        """
        rungs = self._from_arrays(body) if media_type == MEDIA_TYPE else self._from_bytes(body)
        if not pixels:
            rungs |= {
                step.name: replace(rungs[step.name], array=None)
                for step in HASHED_STEPS
                if step.name in rungs
            }
        return pack(TraceAnswer(rungs=rungs, environment=self.environment))

    def _from_bytes(self, content: bytes) -> dict[str, Recorded]:
        try:
            return self.climber.trace(content)
        except ImageError as error:
            raise RequestError(UNUSABLE, str(error)) from None

    def _from_arrays(self, body: bytes) -> dict[str, Recorded]:
        try:
            arrays = unpack_arrays(body)
        except ValueError as error:
            raise RequestError(BAD_REQUEST, f"the body cannot be read: {error}") from None
        if set(arrays) == {IMAGE.name}:
            return self.climber.trace_image(self._checked_image(arrays[IMAGE.name]))
        if set(arrays) == {TENSOR.name}:
            tensor = self._checked_tensor(arrays[TENSOR.name])
            above = self.climber.session.climb_from_tensor(tensor)
            return {TENSOR.name: record_array(tensor), **above}
        raise RequestError(BAD_REQUEST, "the body has to hold one array, named `image` or `tensor`")

    def _checked_image(self, array: Array) -> NDArray[np.uint8]:
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
            raise RequestError(UNUSABLE, f"`image` has to be uint8 H×W×3, it is {_kind(array)}")
        try:
            check_size((array.shape[1], array.shape[0]), self.climber.rule)
        except ImageError as error:
            raise RequestError(UNUSABLE, str(error)) from None
        return array.astype(np.uint8, copy=False)

    def _checked_tensor(self, array: Array) -> NDArray[np.float32]:
        wanted = self.climber.session.tensor_shape
        if array.dtype != np.float32 or array.shape != wanted:
            sides = "×".join(str(side) for side in wanted or ())
            raise RequestError(
                UNUSABLE, f"`tensor` has to be float32 {sides}, it is {_kind(array)}"
            )
        return array.astype(np.float32, copy=False)


def _kind(array: Array) -> str:
    return f"{array.dtype.name} {'×'.join(str(side) for side in array.shape)}"
