"""How a server of the user's own is started in a container and asked there.

Examples for known servers stand in docs/own-server.md.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ml_ci.params.predict import PredictSettings, UrlPath
from ml_ci.params.protocols import Predict, expanded
from ml_ci.params.reading import Settings


class OwnServer(Settings):
    """What every server of the user's own has."""

    port: Annotated[int, Field(ge=1, le=65535)]
    """Where it listens inside the container, on every interface."""
    ready: UrlPath
    """Answers 200 to a GET once predictions can be asked for."""
    environment: dict[str, str]
    """Environment variables of the container."""
    confined: bool
    """Read-only root filesystem (``/tmp`` stays writable) and no capabilities, as ours runs."""
    predict: Predict
    trace: UrlPath | None
    """A route that answers with the rungs it climbed (docs/own-server.md), or null."""

    @property
    def asked(self) -> PredictSettings:
        """`predict`, with a ready-made protocol written out."""
        return expanded(self.predict)
