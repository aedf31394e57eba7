"""What may happen to the golden set."""

from __future__ import annotations

from typing import ClassVar

from ml_ci.params.reading import Section


class GoldenSettings(Section):
    """The golden set."""

    section: ClassVar[str] = "golden"

    allowed_removals: list[str]
    """File names of golden images that this change removes, replaces or relabels on purpose. What
    the base lists already allows nothing more: to remove an image a second time, list it twice."""
