"""How much finding out why a target differs may cost."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, PositiveFloat

from ml_ci.params.reading import Section


class DiagnosisSettings(Section):
    """Diagnosis; what a budget left out is said."""

    section: ClassVar[str] = "diagnosis"

    seconds: PositiveFloat
    """For one target; beyond it no further cause is tried."""
    passes: PositiveFloat
    """Through the network, of all golden images, at most, for one target."""
    cost_images: Annotated[int, Field(ge=0)]
    """Test images on which a cause's cost in accuracy is measured; 0: it is not."""
