"""What the gate does about things other than thresholds."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ml_ci.params.reading import Section


class GateSettings(Section):
    """The gate."""

    section: ClassVar[str] = "gate"

    fresh_lock: Literal["warn", "fail"]
    """When dvc.lock or metrics/ of the commit do not belong to its own files."""
    worse_than_base: Literal["warn", "fail"]
    """When more test images are answered wrongly than in the base, by more than chance."""
    smallest_loss: Annotated[float, Field(ge=0, le=1)]
    """Accuracy, 0–1, that a change may lose against the base all the same: with enough test images
    the smallest loss is more than chance."""
