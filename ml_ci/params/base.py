"""How the base is measured where its own numbers cannot be used."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from ml_ci.params.reading import Section


class BaseSettings(Section):
    """The base: the commit a change is compared with."""

    section: ClassVar[str] = "base"

    minutes: Annotated[float, Field(ge=0)]
    """How long measuring it may take; 0 never measures it."""
