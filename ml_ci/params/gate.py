"""What the gate does about things other than thresholds."""

from __future__ import annotations

from typing import ClassVar, Literal

from ml_ci.params.reading import Section


class GateSettings(Section):
    """The gate."""

    section: ClassVar[str] = "gate"

    fresh_lock: Literal["warn", "fail"]
    """When dvc.lock or metrics/ of the commit do not belong to its own files."""
    worse_than_base: Literal["warn", "fail"]
    """When more test images are answered wrongly than in the base, by more than chance."""
