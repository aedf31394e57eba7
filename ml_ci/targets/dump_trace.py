"""A dump that is one of our own trace folders, recorded here or by ``ml_ci`` on the device."""

from __future__ import annotations

from dataclasses import replace

from ml_ci.errors import UserError
from ml_ci.rung import Recorded
from ml_ci.steps import LADDER
from ml_ci.targets.dump_image import NOTHING, DumpedImage
from ml_ci.targets.dump_problems import DumpError, Problems
from ml_ci.trace.reading import Trace

AGAIN = "copy the whole folder again (trace.json and every file beside it), or record it again"


class TraceSource:
    """Reads the images of a trace; an array that is damaged is a problem, the rest is used."""

    def __init__(self, trace: Trace, problems: Problems) -> None:
        self._trace = trace
        self._problems = problems

    def read(self, image: str) -> DumpedImage:
        """Everything about one golden image."""
        if image not in self._trace:
            return DumpedImage(rungs={}, failure=NOTHING)
        reasons = [reason] if (reason := self._trace.failures.get(image)) is not None else []
        rungs = {}
        try:
            recorded = self._trace.rungs(image)
        except UserError as error:
            self._problems.add(error.where, DumpError(error.what, fix=AGAIN))
            return DumpedImage(rungs={}, failure=error.what)
        for step in (step.name for step in LADDER if step.name in recorded):
            try:
                array = self._trace.array(image, step)
            except UserError as error:
                self._problems.add(error.where, DumpError(error.what, fix=AGAIN))
                reasons.append(error.what)
            else:
                rungs[step] = Recorded(rung=replace(recorded[step], shard=None), array=array)
        return DumpedImage(rungs=rungs, failure="; ".join(reasons) or None)
