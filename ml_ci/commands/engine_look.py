"""A look at the Docker engine for `ml-ci doctor`: what is there, or why nothing can be used."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

import docker
from docker import DockerClient
from docker.errors import DockerException, ImageNotFound

from ml_ci.errors import UserError
from ml_ci.params.container import DockerfileServer, ImageServer, ProjectServer

STAND_IN = "ml-ci-base:bookworm"
"""Made from Debian packages by ``scripts/docker_engine.py``."""
_SCRIPT = "`sudo python3 scripts/docker_engine.py up`"
_PATIENCE = 10  # seconds


def look_at_engine(server: ProjectServer | DockerfileServer | ImageServer) -> str:
    """The engine's version and what is needed for ``server``. Nothing is pulled or started.

    Raises UserError when there is no engine that can be used.
    """
    client = None
    try:
        client = docker.from_env(timeout=_PATIENCE)
        version = f"docker {client.version()['Version']}"
        return f"{version}; {_image(client, server)}"
    except (DockerException, OSError) as error:  # requests' errors are OSErrors
        raise explain(error, installed=shutil.which("dockerd") or shutil.which("docker")) from None
    finally:
        if client is not None:
            client.close()


def explain(error: Exception, *, installed: str | None, platform: str = sys.platform) -> UserError:
    """Why there is no engine, and what to do: no permission, not installed, not running, or ill.

    ``installed`` is where a Docker program lies, if there is one.
    """
    where = os.environ.get("DOCKER_HOST") or "the usual socket"
    causes = list(_causes(error))
    if any(isinstance(cause, PermissionError) for cause in causes):
        fix = "`sudo usermod -aG docker $USER`, then log in again"
        return UserError(what="no permission to use the Docker engine", where=where, fix=fix)
    absent = any(isinstance(cause, FileNotFoundError | ConnectionRefusedError) for cause in causes)
    if not absent:
        what = f"the Docker engine does not answer: {' '.join(str(causes[-1]).split())}"
        return UserError(what=what, where=where, fix="restart it and look into its log")
    linux = platform == "linux"
    if installed is None:
        fix = f"{_SCRIPT} on Debian or Ubuntu" if linux else "install Docker Desktop"
        return UserError(what="no Docker here", where=where, fix=f"{fix} (docs/docker.md)")
    by_script = f"`sudo systemctl start docker`, or {_SCRIPT} on Debian or Ubuntu"
    fix = f"{by_script if linux else 'start Docker Desktop'} (docs/docker.md)"
    return UserError(what="no Docker engine is running", where=where, fix=fix)


def _image(client: DockerClient, server: ProjectServer | DockerfileServer | ImageServer) -> str:
    if isinstance(server, DockerfileServer):
        return f"builds {server.dockerfile}"
    if isinstance(server, ImageServer):
        return f"{server.image} {'is there' if _has(client, server.image) else 'will be pulled'}"
    if _has(client, server.base):
        return f"base {server.base} is there"
    if _has(client, STAND_IN):
        return f"base {server.base} will be pulled; where it cannot be, {STAND_IN} stands in for it"
    return f"base {server.base} will be pulled; where it cannot be: {_SCRIPT}"


def _has(client: DockerClient, image: str) -> bool:
    try:
        client.images.get(image)
    except ImageNotFound:
        return False
    return True


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what led to it, and errors among its arguments, as `requests` packs them."""
    yield error
    packed = [word for word in error.args if isinstance(word, BaseException)]
    for inner in [*packed, error.__cause__ or error.__context__]:
        if inner is not None:
            yield from _causes(inner)
