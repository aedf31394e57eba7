"""Synthetic tensors put straight into a target's network, against the reference's answers to them.

Where these agree, the network is the same, and a difference lies in what enters it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ml_ci.artifacts.inquiry import SyntheticInput, SyntheticRecord
from ml_ci.inquiry.way import NoAnswerError, PatientWay, Rungs, Way
from ml_ci.noise import NoiseFloor, ulp_floor
from ml_ci.params.predict import TensorRequest
from ml_ci.rung import Array
from ml_ci.steps import LABEL, LOGITS, PROBABILITIES
from ml_ci.targets.client import Client
from ml_ci.targets.routes import Routes
from ml_ci.targets.ways import TensorRequestWay, TensorTraceWay

OF_LARGEST = 1e-5
"""Of the largest logit: what two runtimes may differ by on the same float32 network."""
# Softmax moves no probability by more than half of what the logits move: its Jacobian's rows are
# p_i (δ_ij − p_j), whose magnitudes add up to 2 p_i (1 − p_i) ≤ ½.
_SOFTMAX = 0.5
# A network that divides by the standard deviation of its input, for one: that of ones is 0
NOT_FINITE = "the reference's own answer holds NaN or infinity"
NO_WAY = "the server takes pictures, no tensors"

Floats = NDArray[np.float64]


def tensor_way(
    client: Client, routes: Routes, *, trace_takes_tensors: bool
) -> TensorRequestWay | TensorTraceWay | None:
    """How tensors get into this server; None where it takes none.

    ``trace_takes_tensors``: the trace route of a server that predicts from pictures, as ours.
    """
    predict, trace = routes.predict, routes.trace
    takes_tensors = isinstance(predict.settings.request, TensorRequest)
    if takes_tensors and (trace is None or predict.settings.answer.logits is not None):
        return TensorRequestWay(client=client, route=predict)
    if trace is not None and (takes_tensors or trace_takes_tensors):
        return TensorTraceWay(client=client, route=trace)
    return None


async def ask_synthetic(
    way: Way[Array],
    tensors: Mapping[str, Array],
    reference: Mapping[str, Rungs],
    noise: NoiseFloor,
    class_names: tuple[str, ...],
) -> SyntheticRecord:
    """Each of ``tensors`` once, against the ``reference``'s answer of the same name."""
    patient = PatientWay(way)
    inputs = []
    for name, tensor in tensors.items():
        comparison = _Expected(name, reference[name], noise, class_names)
        if not comparison.is_finite:
            inputs.append(comparison.unanswered(NoAnswerError(NOT_FINITE)))
            continue
        (answer,) = await patient.each([tensor])
        inputs.append(
            comparison.unanswered(answer)
            if isinstance(answer, NoAnswerError)
            else comparison.compared(answer)
        )
    return SyntheticRecord(inputs=tuple(inputs), not_asked="")


class _Expected:
    """The reference's answer to one tensor."""

    def __init__(
        self, name: str, rungs: Rungs, noise: NoiseFloor, class_names: tuple[str, ...]
    ) -> None:
        self._name = name
        self._noise = noise
        self._class_names = class_names
        self._numbers = {step: _flat(rungs, step) for step in (LOGITS.name, PROBABILITIES.name)}
        self._label = rungs[LABEL.name].rung.text or ""
        self.is_finite = all(bool(np.isfinite(one).all()) for one in self._numbers.values())
        if not self.is_finite:  # no record holds NaN
            self._numbers = {step: np.zeros_like(one) for step, one in self._numbers.items()}
        self._largest = float(np.abs(self._numbers[LOGITS.name]).max())

    def unanswered(self, failure: NoAnswerError) -> SyntheticInput:
        return self._input(LOGITS.name, None, "", str(failure))

    def compared(self, answer: Rungs) -> SyntheticInput:
        label = (answer[LABEL.name].rung.text or "") if LABEL.name in answer else ""
        for step, ours in self._numbers.items():
            if step in answer and answer[step].array is not None:
                return self._input(step, _distance(ours, _flat(answer, step)), label)
        return self._input(LABEL.name, self._gap(label), label)

    def _gap(self, label: str) -> float:
        """How much likelier than ``label`` the reference holds its own class."""
        if label not in self._class_names:
            return 1.0
        probabilities = self._numbers[PROBABILITIES.name]
        return float(probabilities.max() - probabilities[self._class_names.index(label)])

    def _input(
        self, step: str, worst: float | None, label: str, failure: str = ""
    ) -> SyntheticInput:
        return SyntheticInput(
            name=self._name,
            step=step,
            worst=worst,
            allowed=self._allowed(step),
            largest_logit=self._largest,
            expected=self._label,
            answered=label,
            failure=failure,
        )

    def _allowed(self, step: str) -> float:
        """Never stricter than what the steps from `tensor` on add of their own."""
        logits = max(OF_LARGEST * self._largest, self._own(LOGITS.name))
        if step == LOGITS.name:
            return logits
        probabilities = _SOFTMAX * logits + self._own(PROBABILITIES.name)
        # Both classes may move by the allowance, towards each other
        return probabilities if step == PROBABILITIES.name else 2 * probabilities

    def _own(self, step: str) -> float:
        return max(self._noise.rungs[step].own, ulp_floor(step, self._numbers[step]))


def _flat(rungs: Rungs, step: str) -> Floats:
    array = rungs[step].array
    if array is None:
        raise ValueError(f"`{step}` has no array")
    return array.reshape(-1).astype(np.float64)


def _distance(ours: Floats, theirs: Floats) -> float | None:
    if ours.shape != theirs.shape:
        return None
    distance = float(np.abs(ours - theirs).max())
    return distance if np.isfinite(distance) else None
