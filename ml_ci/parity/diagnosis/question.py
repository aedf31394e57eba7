"""A question: what a target had on one rung and on another further up; what happened in between?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml_ci.noise import NoiseFloor
from ml_ci.parity.faults.course import NAMES, Course, Stands, Start
from ml_ci.parity.faults.fault import Fault
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import STEP_OF


@dataclass(frozen=True, kw_only=True)
class Question:
    """The same images on two rungs of a target."""

    reference: Reference
    noise: NoiseFloor
    images: Sequence[str]
    start: Start
    step: str
    """The rung that was observed."""
    observed: Sequence[Any]
    """What the target has there, by image: see ``ml_ci.parity.faults.fault.Evidence.made``."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Those that may be to blame."""
        return NAMES[NAMES.index(self.start.since) + 1 : NAMES.index(self.step) + 1]

    @property
    def is_one_step(self) -> bool:
        """What stood right below is known."""
        return len(self.steps) == 1

    @property
    def is_number(self) -> bool:
        """Floats are observed, rather than pixels, bytes or names."""
        return STEP_OF[self.step].compared == "noise floor"

    def faults(self, catalogue: Sequence[Fault]) -> list[Fault]:
        """Those of the steps in question, in the order of the ladder."""
        return [fault for fault in catalogue if fault.step in self.steps]

    def course(self, *, exact: bool) -> Course:
        """The reference climbing from where the target stood."""
        return Course(self.reference if exact else self.reference.rounded(), self.start)

    def of(self, places: Sequence[int]) -> Question:
        """The same about some of the images."""
        contents = self.start.contents
        return Question(
            reference=self.reference,
            noise=self.noise,
            images=[self.images[place] for place in places],
            start=Start(
                since=self.start.since,
                stands=_some(self.start.stands, places),
                contents=[contents[place] for place in places] if contents else (),
            ),
            step=self.step,
            observed=[self.observed[place] for place in places],
        )


def _some(stands: Stands, places: Sequence[int]) -> Stands:
    if isinstance(stands, np.ndarray):
        return stands[list(places)]
    return [stands[place] for place in places]
