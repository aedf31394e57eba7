"""A look at the Docker engine for `ml-ci doctor`: what is there for the server of params.yaml."""

from __future__ import annotations

from docker import DockerClient

from ml_ci.engines.base_image import STAND_IN, find_image
from ml_ci.engines.docker_connection import SCRIPT, connected
from ml_ci.params.container import DockerfileServer, ImageServer, ProjectServer


def look_at_engine(server: ProjectServer | DockerfileServer | ImageServer) -> str:
    """The engine's version and what is needed for ``server``. Nothing is pulled or started.

    Raises EngineUnavailableError when there is no engine that can be used.
    """
    with connected() as client:
        return f"docker {client.version()['Version']}; {_image(client, server)}"


def _image(client: DockerClient, server: ProjectServer | DockerfileServer | ImageServer) -> str:
    if isinstance(server, DockerfileServer):
        return f"builds {server.dockerfile}"
    if isinstance(server, ImageServer):
        there = find_image(client, server.image) is not None
        return f"{server.image} {'is there' if there else 'will be pulled'}"
    if find_image(client, server.base) is not None:
        return f"base {server.base} is there"
    if find_image(client, STAND_IN) is not None:
        return f"base {server.base} will be pulled; where it cannot be, {STAND_IN} stands in for it"
    return f"base {server.base} will be pulled; where it cannot be: {SCRIPT}"
