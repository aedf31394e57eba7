"""A budget: how much a search may cost, in passes of the network and in seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from ml_ci.parity.faults.course import Course


@dataclass
class Budget:
    """What is spent is counted by the courses that were registered."""

    images: int
    """Of the golden set: one pass is that many images through the network."""
    passes: float
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _courses: list[Course] = field(default_factory=list)
    _shares: list[Budget] = field(default_factory=list)
    _started: float = field(init=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    def counting(self, course: Course) -> Course:
        """The same course, whose climbs count from now on."""
        self._courses.append(course)
        return course

    @property
    def passes_spent(self) -> float:
        """So far."""
        own = sum(course.forwards for course in self._courses) / max(1, self.images)
        return own + sum(share.passes_spent for share in self._shares)

    @property
    def seconds_spent(self) -> float:
        """So far."""
        return self.clock() - self._started

    def share(self, part: float) -> Budget:
        """That part of the whole, 0–1, beginning now; what is spent of it counts here, too."""
        inner = Budget(
            images=self.images,
            passes=self.passes * part,
            seconds=self.seconds * part,
            clock=self.clock,
        )
        self._shares.append(inner)
        return inner

    @property
    def is_spent(self) -> bool:
        """Nothing more should be begun."""
        return self.passes_spent >= self.passes or self.seconds_spent >= self.seconds
