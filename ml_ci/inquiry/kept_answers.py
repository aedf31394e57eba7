"""Kept answers: synthetic tensors and what the reference says to them, for targets to be held to.

They lie in a trace whose images are the tensors, recorded from `tensor` on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ml_ci.inquiry.way import Rungs
from ml_ci.rung import Array, Recorded, record_array
from ml_ci.steps import TENSOR
from ml_ci.trace.layout import TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter


@dataclass(frozen=True, kw_only=True)
class SyntheticAnswers:
    """Both by the name of the tensor."""

    tensors: Mapping[str, Array]
    """float32 C×S×S."""
    answers: Mapping[str, Rungs]
    """`logits`, `probabilities` and `label`."""

    def keep(self, folder: Path, header: TraceHeader) -> None:
        """Write the trace into ``folder``; ``header`` says that its entry is `tensor`."""
        with TraceWriter(folder, header) as trace:
            for name, tensor in self.tensors.items():
                trace.add(name, {TENSOR.name: record_array(tensor), **self.answers[name]})

    @classmethod
    def of(cls, trace: Trace) -> SyntheticAnswers:
        """What ``keep`` wrote. Raises UserError when it is damaged."""
        tensors, answers = {}, {}
        for name in trace.images:
            rungs = {
                step: Recorded(rung=rung, array=trace.array(name, step))
                for step, rung in trace.rungs(name).items()
            }
            tensor = rungs.pop(TENSOR.name).array
            if tensor is None:
                raise ValueError(f"{name} was kept without its tensor")
            tensors[name], answers[name] = tensor, rungs
        return cls(tensors=tensors, answers=answers)
