"""The Docker engine as benchmarks use it: is there one, which base, and nothing left behind."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

from docker.errors import APIError

from benchmarks.figures import NotMeasured
from ml_ci.engines.base_image import get_base
from ml_ci.engines.docker_connection import EngineUnavailableError, connected

LABEL = "ml-ci.benchmark"
_FROM = re.compile(r"^FROM .*$", re.MULTILINE)
_TIME = re.compile(rf"{LABEL}\.time=\w+")


def base_of(name: str) -> str:
    """The base image that is used when ``name`` is wanted. Raises NotMeasured without an engine."""
    try:
        with connected() as client:
            return get_base(client, name).name
    except EngineUnavailableError as problem:
        raise NotMeasured(f"no engine ({problem.what})") from None


def architecture() -> str:
    """As the engine names it."""
    with connected() as client:
        return str(client.version()["Arch"])


def label_layers(dockerfile: str, run: str) -> str:
    """Every layer belongs to this run, so that it is nobody else's and can be removed."""
    label = f"LABEL {LABEL}={run} {LABEL}.time=0"
    return _FROM.sub(lambda found: f"{found.group()}\n{label}", dockerfile)


def forget_layers(dockerfile: Path) -> None:
    """The engine's cache knows no layer of it any more: the next build is a cold one."""
    text = dockerfile.read_text(encoding="utf-8")
    fresh = f"{LABEL}.time={uuid.uuid4().hex}"
    dockerfile.write_text(_TIME.sub(fresh, text), encoding="utf-8")


def remove_images(run: str) -> None:
    """Remove the images of this run and containers of them; quiet where there is no engine."""
    try:
        with connected() as client:
            for image in client.images.list(filters={"label": f"{LABEL}={run}"}):
                for container in client.containers.list(
                    all=True, filters={"ancestor": str(image.id)}, ignore_removed=True
                ):
                    container.remove(force=True, v=True)
                try:
                    client.images.remove(str(image.id), force=True)
                except APIError:  # went with the image that was made of it
                    continue
    except EngineUnavailableError:
        return
