"""The choice of an engine, as params.yaml makes it and this machine allows."""

from __future__ import annotations

import dataclasses
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from docker import DockerClient

from ml_ci.artifacts import paths
from ml_ci.artifacts.image_record import BuiltImage, ImageRecord
from ml_ci.engines.base_image import find_base, find_image
from ml_ci.engines.docker_connection import EngineUnavailableError, connected
from ml_ci.engines.docker_engine import DockerEngine
from ml_ci.engines.images import ImageSource, OwnDockerfile, OwnImage, ProjectImage
from ml_ci.engines.process import ProcessEngine
from ml_ci.errors import UserError
from ml_ci.params.container import (
    ContainerSettings,
    DockerfileServer,
    EngineName,
    ProjectServer,
)

ENGINE_VARIABLE = "ML_CI_ENGINE"
"""Environment variable that is heeded before ``container.engine``: CI may insist on `docker`
without touching params.yaml, which would be another input of every measurement."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """The engine that can run the server, and what it made for it."""

    used: str
    """docker | process."""
    reason: str
    """Why it is not the one that `auto` prefers; empty when it is."""
    image: BuiltImage | None
    """None for a process."""


def wanted_engine(settings: ContainerSettings) -> EngineName:
    """`container.engine`, or what the environment says instead. Raises UserError."""
    override = os.environ.get(ENGINE_VARIABLE)
    if not override:
        return settings.engine
    known: tuple[EngineName, ...] = get_args(EngineName)
    wanted = next((name for name in known if name == override), None)
    if wanted is None:
        expected = f"one of {', '.join(known)}"
    elif wanted == "process" and not isinstance(settings.server, ProjectServer):
        expected = f"auto or docker: a server of kind {settings.server.kind} needs a container"
    else:
        return wanted
    raise UserError(
        what=f"{ENGINE_VARIABLE} is {override!r}",
        where="the environment",
        fix=f"expected: {expected}",
    )


def engine_of(
    record: ImageRecord, settings: ContainerSettings, *, state: Path = paths.STATE
) -> DockerEngine | ProcessEngine:
    """The engine for which the `image` stage prepared; what it keeps lies below ``state``."""
    if record.used == "process":
        return _process(settings, state)
    return dataclasses.replace(_docker(settings, state), image=record.image)


def prepare_engine(
    context: Path, settings: ContainerSettings, *, state: Path = paths.STATE
) -> Prepared:
    """Make what running needs, in the engine that is wanted.

    `auto` does without a container, and says so, where none can be made on this machine and the
    server is the project's own. Raises EngineUnavailableError where that is not allowed, StartError
    when the image cannot be built.
    """
    wanted, reason = wanted_engine(settings), ""
    if wanted != "process":
        try:
            image = _docker(settings, state).prepare(context)
            return Prepared(used="docker", reason="", image=image)
        except EngineUnavailableError as problem:
            if wanted == "docker" or not isinstance(settings.server, ProjectServer):
                raise
            reason = problem.what
            print(f"image: {reason}; the server runs as a process instead", file=sys.stderr)
    _process(settings, state).prepare(context)
    return Prepared(used="process", reason=reason, image=None)


def why_prepare_again(record: ImageRecord, settings: ContainerSettings) -> str | None:
    """What has changed on this machine since ``record``, so that it has to be prepared again."""
    wanted = wanted_engine(settings)
    if record.wanted != wanted:
        return f"the engine `{wanted}` is wanted now"
    if wanted == "process":
        return None
    try:
        with connected() as client:
            if record.used == "process":
                return _why_a_container_now(client, settings)
            return _why_another_image(client, record, settings)
    except EngineUnavailableError as problem:
        return problem.what if record.used == "docker" else None


def why_not_the_image(record: ImageRecord, settings: ContainerSettings) -> str | None:
    """Why the image of ``record`` is not what its name means today, as far as an engine tells."""
    if record.image is None:
        return None
    try:
        with connected() as client:
            return _why_another_image(client, record, settings)
    except EngineUnavailableError:
        return None


def _why_a_container_now(client: DockerClient, settings: ContainerSettings) -> str | None:
    """`auto` did without a container: whether one can be made now. Nothing is pulled."""
    server = settings.server
    if isinstance(server, ProjectServer) and find_base(client, server.base) is None:
        return None
    return "there is a Docker engine now"


def _why_another_image(
    client: DockerClient, record: ImageRecord, settings: ContainerSettings
) -> str | None:
    """The names of params.yaml may mean another image by now; those we give say what is inside."""
    made, server = record.image, settings.server
    if made is None or isinstance(server, DockerfileServer):
        return None
    if isinstance(server, ProjectServer):
        name, before = server.base, made.base_id
    else:
        name, before = server.image, made.id
    now = find_image(client, name)
    return None if now is None or now.id == before else f"{name} is another image now"


def _process(settings: ContainerSettings, state: Path) -> ProcessEngine:
    return ProcessEngine(
        environments=state / "serving-env",
        ready_seconds=settings.ready_seconds,
        stop_seconds=settings.stop_seconds,
    )


def _docker(settings: ContainerSettings, state: Path) -> DockerEngine:
    return DockerEngine(
        source=_source(settings, state),
        memory_mb=settings.memory_mb,
        ready_seconds=settings.ready_seconds,
        stop_seconds=settings.stop_seconds,
    )


def _source(settings: ContainerSettings, state: Path) -> ImageSource:
    server = settings.server
    if isinstance(server, ProjectServer):
        return ProjectImage(base=server.base, wheels=state / "wheels")
    if isinstance(server, DockerfileServer):
        return OwnDockerfile(settings=server)
    return OwnImage(settings=server)
