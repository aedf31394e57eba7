"""The image that is run: ours, a Dockerfile of the user's own, or an image that exists already.

Ours and the Dockerfile's are named after what they are made of, so that one that is in the engine
already is found again, and one that is missing is built again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from docker import DockerClient
from docker.errors import APIError

from ml_ci.artifacts.image_record import BuiltImage
from ml_ci.engines.base_image import BaseImage, find_image, get_base, pull
from ml_ci.engines.container import CHECKOUT_LABEL, Service, checkout_id
from ml_ci.engines.context import (
    DOCKERFILE_IN_CONTEXT,
    IMAGE_LOCK_IN_CONTEXT,
    context_hash,
)
from ml_ci.engines.image_build import Build, build_image
from ml_ci.engines.wheels import Wheels
from ml_ci.params.container import DockerfileServer, ImageServer
from ml_ci.serving.settings import READY, TRACE_SWITCH
from ml_ci.targets.running_server import StartError

PROJECT_PORT = 8080
"""As in the Dockerfile."""
_REPOSITORY = "ml-ci"
_KEPT_IMAGES = 3  # of one checkout; switching between branches does not build again each time
_KEY_CHARACTERS = 16


class ImageSource(Protocol):
    """Makes the image of one server."""

    def make(self, client: DockerClient, context: Path, /) -> BuiltImage:
        """Find or make it.

        Raises StartError when it cannot be built, EngineUnavailableError when this machine lacks
        what it takes.
        """

    def service(self) -> Service:
        """What a container of it runs."""


@dataclass(frozen=True, kw_only=True)
class ProjectImage:
    """The project's own server."""

    base: str
    wheels: Path
    """Folder for downloaded wheels, kept between runs."""

    def make(self, client: DockerClient, context: Path) -> BuiltImage:
        """From the build context, the wheels and the base, without a network."""
        base = get_base(client, self.base)
        architecture = client.version()["Arch"]
        tag = _tag(context_hash(context), base.id, architecture)
        clock, found = time.perf_counter(), find_image(client, tag)
        if found is None:
            lock = context / IMAGE_LOCK_IN_CONTEXT
            wheels = Wheels(home=self.wheels, lock=lock, architecture=architecture).get()
            build = Build(
                folders={"": context, "wheels": wheels},
                dockerfile=DOCKERFILE_IN_CONTEXT,
                tag=tag,
                network="none",
                arguments={"BASE": base.id},  # the name may be another image's in a moment
                labels=_labels(),
            )
            build_image(client, build)
        return _built(
            client,
            tag,
            base=base,
            wanted_base=self.base,
            build_seconds=None if found else time.perf_counter() - clock,
        )

    def service(self) -> Service:
        """As it ships, with the trace routes."""
        return Service(
            port=PROJECT_PORT,
            ready=READY,
            variables={TRACE_SWITCH: "on"},
            confined=True,
            scratch=False,
        )


@dataclass(frozen=True, kw_only=True)
class OwnDockerfile:
    """A server built from the user's Dockerfile."""

    settings: DockerfileServer

    def make(self, client: DockerClient, context: Path) -> BuiltImage:
        """From ``server/`` and the exported models. Built each time, which the engine's cache makes
        short: what its Dockerfile starts from may be another image by now."""
        arguments = self.settings.build_args
        parts = [f"{name}={value}" for name, value in sorted(arguments.items())]
        tag = _tag(context_hash(context), self.settings.dockerfile, *parts)
        clock = time.perf_counter()
        build = Build(
            folders={"": context},
            dockerfile=self.settings.name_in_context,
            tag=tag,
            network=self.settings.build_network,
            arguments=arguments,
            labels=_labels(),
        )
        build_image(client, build)
        return _built(client, tag, build_seconds=time.perf_counter() - clock)

    def service(self) -> Service:
        """As params.yaml says."""
        return _own_service(self.settings)


@dataclass(frozen=True, kw_only=True)
class OwnImage:
    """A server in an image that exists already."""

    settings: ImageServer

    def make(self, client: DockerClient, _context: Path, /) -> BuiltImage:
        """Pull it when it is not here."""
        if find_image(client, self.settings.image) is None:
            pull(client, self.settings.image, fix=f"`docker pull {self.settings.image}` says more")
        return _built(client, self.settings.image)

    def service(self) -> Service:
        """As params.yaml says, with the exported models mounted where it wants them."""
        return dataclasses.replace(
            _own_service(self.settings),
            models_at=self.settings.models_at,
            command=self.settings.command,
        )


def remove_old_images(client: DockerClient, keep: str) -> None:
    """Take our names off all but the newest few images of this checkout.

    Only names that we gave: an image made from one of ours, or given another name, is its owner's.
    """
    label = f"{CHECKOUT_LABEL}={checkout_id()}"
    images = client.api.images(filters={"label": label})  # not looked into: some may be going
    images.sort(key=lambda image: int(image["Created"]), reverse=True)
    names = [name for image in images for name in image.get("RepoTags") or []]
    ours = [name for name in names if name.startswith(f"{_REPOSITORY}:") and name != keep]
    for name in ours[_KEPT_IMAGES - 1 :]:
        with suppress(APIError):  # a container of it is running, or somebody else was faster
            client.api.remove_image(name)


def _own_service(settings: DockerfileServer | ImageServer) -> Service:
    return Service(
        port=settings.port,
        ready=settings.ready,
        variables=settings.environment,
        confined=settings.confined,
        scratch=True,
    )


def _tag(*parts: str) -> str:
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_KEY_CHARACTERS]
    return f"{_REPOSITORY}:{key}"


def _labels() -> dict[str, str]:
    return {CHECKOUT_LABEL: checkout_id()}


def _built(
    client: DockerClient,
    name: str,
    *,
    base: BaseImage | None = None,
    wanted_base: str | None = None,
    build_seconds: float | None = None,
) -> BuiltImage:
    image = find_image(client, name)
    if image is None:
        raise StartError(f"the engine lost the image {name} in this moment", log_tail=())
    return BuiltImage(
        name=name,
        id=str(image.id),
        size_bytes=image.attrs["Size"],
        base=None if base is None else base.name,
        base_id=None if base is None else base.id,
        stands_in_for=None if base is None or base.name == wanted_base else wanted_base,
        base_bytes=None if base is None else base.size_bytes,
        build_seconds=None if build_seconds is None else round(build_seconds, 2),
    )
