"""What the exported model is called."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, PositiveInt

from ml_ci.params.reading import Section


class ModelSettings(Section):
    """Name and version as servers show them: `/v1/models/<name>/versions/<version>`."""

    section: ClassVar[str] = "model"

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    version: PositiveInt
