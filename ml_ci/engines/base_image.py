"""The base image: the one params.yaml names, or its announced stand-in where nothing is pulled."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from docker import DockerClient
from docker.errors import APIError, ImageNotFound
from docker.models.images import Image

from ml_ci.engines.docker_connection import EngineUnavailableError

STAND_IN = "ml-ci-base:bookworm"
"""Made from Debian packages by ``scripts/docker_engine.py``."""


@dataclass(frozen=True, kw_only=True)
class BaseImage:
    """A base that is in the engine."""

    name: str
    id: str
    size_bytes: int


def find_base(client: DockerClient, name: str) -> BaseImage | None:
    """``name``, else the stand-in, as far as the engine has them; nothing is pulled."""
    for candidate in (name, STAND_IN):
        image = find_image(client, candidate)
        if image is not None:
            return BaseImage(name=candidate, id=str(image.id), size_bytes=image.attrs["Size"])
    return None


def get_base(client: DockerClient, name: str) -> BaseImage:
    """``name`` from the engine or pulled; the stand-in, said on stderr, when it cannot be pulled.

    Raises EngineUnavailableError when neither can be had.
    """
    if find_image(client, name) is None:
        try:
            pull(client, name)
        except EngineUnavailableError as problem:
            if find_image(client, STAND_IN) is None:
                raise
            _say(f"{problem.what}; {STAND_IN} stands in for it")
    base = find_base(client, name)
    if base is None:  # removed in this very moment
        raise _missing(name, "it was removed again")
    return base


def find_image(client: DockerClient, name: str) -> Image | None:
    """The image, None when the engine has not got it."""
    try:
        return client.images.get(name)
    except ImageNotFound:
        return None


def pull(client: DockerClient, name: str) -> None:
    """Raises EngineUnavailableError when it cannot be pulled."""
    _say(f"pulling {name}")
    tagged = name if "@" in name or ":" in name.rpartition("/")[2] else f"{name}:latest"
    try:
        client.images.pull(tagged)
    except (APIError, OSError) as error:
        explanation = error.explanation if isinstance(error, APIError) else str(error)
        raise _missing(name, str(explanation)) from None


def _missing(name: str, reason: str) -> EngineUnavailableError:
    return EngineUnavailableError(
        what=f"the image {name} is not here and cannot be pulled ({' '.join(reason.split())})",
        where="params.yaml, container.server",
        fix=f"`docker pull {name}` where there is a network, or make a base from Debian packages "
        "with `scripts/docker_engine.py up` (docs/docker.md)",
    )


def _say(line: str) -> None:
    print(f"image: {line}", file=sys.stderr, flush=True)
