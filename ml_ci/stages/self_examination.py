"""The reference asked more than the golden set: what it fails itself blames no target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.inquiry import InvariantsRecord
from ml_ci.errors import UserError
from ml_ci.inquiry.choice import candidates_of, choose
from ml_ci.inquiry.kept_answers import SyntheticAnswers
from ml_ci.inquiry.tensors import synthetic_tensors
from ml_ci.model.classifier import Ladder
from ml_ci.model.compute import DeviceChoice, choose_device, fixed_threads
from ml_ci.model.images import Image
from ml_ci.model.invariants import reference_invariants
from ml_ci.model.synthetic import synthetic_answers
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.replay import ReplaySettings
from ml_ci.stages.loading import load_ladder
from ml_ci.steps import TENSOR
from ml_ci.trace.layout import TRACE_FILE, TraceHeader
from ml_ci.trace.reading import Trace


@dataclass(frozen=True, kw_only=True)
class SelfExamination:
    """What is asked, and how."""

    ladder: Ladder
    preprocess: PreprocessSettings
    settings: ReplaySettings
    compute: ComputeSettings

    def invariants(self, trace: Trace, image_of: Callable[[str], Image]) -> InvariantsRecord:
        """Of golden images, which are chosen by the reference's ``trace``; one that does not hold
        is a finding and no error."""
        settings = self.settings.invariants
        chosen = choose(candidates_of(trace), image_of, images=settings.images)
        return reference_invariants(
            self.ladder,
            partial(load_ladder, self.preprocess),
            chosen,
            threads=self.compute.threads,
            device=accelerator(self.compute.device),
            repeats=settings.repeats,
        )

    def answer_synthetic(self, header: TraceHeader) -> str:
        """Keep the answers to synthetic tensors for the targets; returns the SHA-256 of their
        trace.json."""
        shape = (self.preprocess.channels, *self.preprocess.size)
        tensors = synthetic_tensors(shape, uniform=self.settings.synthetic.uniform)
        with fixed_threads(self.compute.threads):
            answers = synthetic_answers(self.ladder, tensors)
        kept = SyntheticAnswers(tensors=tensors, answers=answers)
        kept.keep(paths.SYNTHETIC, replace(header, entry=TENSOR.name))
        return sha256_of_file(paths.SYNTHETIC / TRACE_FILE)


def accelerator(choice: DeviceChoice) -> torch.device:
    """What the CPU is compared with; the CPU itself on a machine without.

    Weights that were trained on a device are measured on machines that have none.
    """
    try:
        return choose_device(choice)
    except UserError:
        return torch.device("cpu")
