"""How the golden set is sent to a target, and what it is asked besides."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from ml_ci.params.reading import Section, Settings

# Whatever is asked is a row of a record; more tells nobody more
_MOST = 100
_MOST_AT_ONCE = 1000


class InvariantSettings(Settings):
    """What should not matter to an answer."""

    images: Annotated[int, Field(ge=3, le=_MOST)]
    """Golden images that are asked about again and again; a batch is turned round from 3 on."""
    repeats: Annotated[int, Field(ge=2, le=_MOST)]
    """How often the same request is sent in a row."""
    concurrency: Annotated[int, Field(ge=2, le=_MOST_AT_ONCE)]
    """Requests under way at once when it is asked whether answers are mixed up: more than the
    replay's, and fewer than what the server refuses."""


class SyntheticSettings(Settings):
    """Tensors put straight into the network: ones, zeros, and noise."""

    uniform: Annotated[int, Field(ge=0, le=_MOST)]
    """How many of noise."""


class AccuracySettings(Settings):
    """The labelled test set through every target."""

    sample: NonNegativeInt
    """At most so many images, the classes in their shares; all if there are fewer. 0: not asked."""


class ReplaySettings(Section):
    """Replay."""

    section: ClassVar[str] = "replay"

    concurrency: PositiveInt
    """Requests under way at once."""
    timeout_seconds: PositiveFloat
    """For one answer."""
    invariants: InvariantSettings
    synthetic: SyntheticSettings
    accuracy: AccuracySettings
