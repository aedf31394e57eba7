"""The `docker` engine: the server in the container it ships in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docker import DockerClient

from ml_ci.artifacts.image_record import BuiltImage
from ml_ci.engines.base_image import find_image
from ml_ci.engines.container import ContainerServer, Limits, running_container, sweep
from ml_ci.engines.context import MODELS_IN_CONTEXT
from ml_ci.engines.docker_connection import connected
from ml_ci.engines.images import ImageSource, remove_old_images
from ml_ci.engines.readiness import wait_until_ready


@dataclass(frozen=True, kw_only=True)
class DockerEngine:
    """Makes the image of a server and runs it."""

    source: ImageSource
    image: BuiltImage | None = None
    """The one to run; it is made when there is none, or the engine has lost it."""
    memory_mb: int
    ready_seconds: float
    stop_seconds: float

    def prepare(self, context: Path) -> BuiltImage:
        """Make the image. Raises EngineUnavailableError, or StartError when it cannot be built."""
        with connected() as client:
            sweep(client)
            image = self.source.make(client, context)
            remove_old_images(client, keep=image.name)
        return image

    @contextmanager
    def running(self, context: Path) -> Iterator[ContainerServer]:
        """The started, ready server; always removed at the end.

        Raises EngineUnavailableError, or StartError when it cannot be built or does not get ready.
        """
        service = self.source.service()
        limits = Limits(memory_mb=self.memory_mb, stop_seconds=self.stop_seconds)
        hint = f"; it has to listen on 0.0.0.0:{service.port} inside the container"
        with connected() as client:
            image, models = self._image(client, context), context / MODELS_IN_CONTEXT
            with running_container(client, image, service, limits, models) as server:
                wait_until_ready(server, service.ready, self.ready_seconds, unreachable_hint=hint)
                yield server

    def _image(self, client: DockerClient, context: Path) -> BuiltImage:
        if self.image is not None and find_image(client, self.image.id) is not None:
            return self.image
        if self.image is not None:
            print(
                f"replay: the image {self.image.name} is gone from the engine; it is made again",
                file=sys.stderr,
            )
        return self.source.make(client, context)
