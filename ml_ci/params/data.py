"""How much data there must be."""

from __future__ import annotations

from typing import ClassVar

from pydantic import PositiveInt

from ml_ci.params.reading import Section


class DataSettings(Section):
    """Smallest counts `validate` accepts."""

    section: ClassVar[str] = "data"

    min_train_per_class: PositiveInt
    min_test_per_class: PositiveInt
    min_golden: PositiveInt
