"""The base image: the one params.yaml names, or its announced stand-in where nothing is pulled."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from http import HTTPStatus

from docker import DockerClient
from docker.errors import APIError, ImageNotFound
from docker.models.images import Image

from ml_ci.engines.docker_connection import ENGINE_ERRORS, EngineUnavailableError, patient
from ml_ci.engines.log import one_line
from ml_ci.errors import UserError

STAND_IN = "ml-ci-base:bookworm"
"""Made from Debian packages by ``scripts/docker_engine.py``."""
_WHERE = "params.yaml, container.server"
_OR_MADE = "make a base from Debian packages with `scripts/docker_engine.py up` (docs/docker.md)"


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
            pull(client, name, fix=f"`docker pull {name}` where there is a network; {_OR_MADE}")
        except EngineUnavailableError as problem:
            if find_image(client, STAND_IN) is None:
                raise
            _say(f"{problem.what}; {STAND_IN} stands in for it")
    base = find_base(client, name)
    if base is None:  # removed in this very moment
        raise _missing(name, "it was removed again", _OR_MADE)
    return base


def find_image(client: DockerClient, name: str) -> Image | None:
    """The image, None when the engine has not got it. Raises UserError when it is no name."""
    try:
        return client.images.get(name)
    except ImageNotFound:
        return None
    except APIError as error:
        if error.status_code != HTTPStatus.BAD_REQUEST:
            raise
        raise UserError(
            what=f"{name!r} is no name of an image: {one_line(error.explanation)}",
            where=_WHERE,
            fix="names are lower case and have no scheme, like registry.example/team/digits:1",
        ) from None


def pull(client: DockerClient, name: str, *, fix: str) -> None:
    """Raises EngineUnavailableError with the ``fix`` when it cannot be pulled."""
    _say(f"pulling {name}")
    tagged = name if "@" in name or ":" in name.rpartition("/")[2] else f"{name}:latest"
    try:
        with patient(client):
            for event in client.api.pull(tagged, stream=True, decode=True):
                if "error" in event:
                    raise _missing(name, str(event["error"]), fix)
    except ENGINE_ERRORS as error:
        explanation = error.explanation if isinstance(error, APIError) else None
        raise _missing(name, str(explanation or error), fix) from None


def _missing(name: str, reason: str, fix: str) -> EngineUnavailableError:
    return EngineUnavailableError(
        what=f"the image {name} is not here and cannot be pulled ({one_line(reason)})",
        where=_WHERE,
        fix=fix,
    )


def _say(line: str) -> None:
    print(f"image: {line}", file=sys.stderr, flush=True)
