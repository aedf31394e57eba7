"""How good the model must be."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, PositiveInt

from ml_ci.params.reading import Section, Settings

Share = Annotated[float, Field(ge=0, le=1)]


class Thresholds(Settings):
    """The gate: a value on the wrong side fails the build."""

    accuracy: Share
    """At least."""
    macro_f1: Share
    """At least."""
    expected_calibration_error: Share
    """At most."""


class EvaluateSettings(Section):
    """Evaluation on the test set."""

    section: ClassVar[str] = "evaluate"

    thresholds: Thresholds
    calibration_bins: PositiveInt
