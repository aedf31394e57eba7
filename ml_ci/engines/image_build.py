"""The building of an image: a context sent to the engine, its steps told, its failure kept."""

from __future__ import annotations

import io
import sys
import tarfile
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from docker import DockerClient
from docker.errors import APIError

from ml_ci.engines.docker_connection import patient
from ml_ci.engines.log import LOG_LINES, one_line, shortened
from ml_ci.targets.running_server import StartError

_SHOWN_CHARACTERS = 100  # of a step while it runs


@dataclass(frozen=True, kw_only=True)
class Build:
    """What an image is built from."""

    folders: Mapping[str, Path]
    """Context folder ("" for its root) → folder here, copied as it is."""
    dockerfile: str
    """Path in the context."""
    tag: str
    network: str
    """`none` or `default`."""
    arguments: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


def build_image(client: DockerClient, build: Build) -> None:
    """Build and tag it. Raises StartError with the last lines of the build when it fails.

    The classic builder: it is in every engine, and an interrupted build leaves no container.
    """
    lines: deque[str] = deque(maxlen=LOG_LINES)
    if build.network == "none":
        _forget_passwords(client)
    with tempfile.TemporaryFile() as context, patient(client):
        pack(build.folders, context)
        context.seek(0)
        try:
            for event in _stream(client, build, context):
                _follow(event, lines)
        except APIError as error:  # e.g. a Dockerfile that cannot be parsed
            raise StartError(
                f"the image cannot be built: {one_line(error.explanation or error)}",
                log_tail=tuple(lines),
            ) from None


def _stream(client: DockerClient, build: Build, context: IO[bytes]) -> Iterator[dict[str, Any]]:
    events: Iterator[dict[str, Any]] = client.api.build(
        fileobj=context,
        custom_context=True,
        dockerfile=build.dockerfile,
        tag=build.tag,
        network_mode=build.network,
        buildargs=dict(build.arguments),
        labels=dict(build.labels),
        use_config_proxy=build.network != "none",
        rm=True,
        forcerm=True,
        decode=True,
    )
    return events


def _forget_passwords(client: DockerClient) -> None:
    """Registries are not asked without a network; yet the SDK would send what it knows of all of
    them, and fail where the program that keeps the passwords is gone."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as empty:
        empty.write("{}")
        empty.flush()
        client.api.reload_config(empty.name)


def _follow(event: dict[str, Any], lines: deque[str]) -> None:
    """Keep what the build says, show its steps. Raises StartError when it failed."""
    for line in str(event.get("stream", "")).splitlines():
        if line.strip():
            lines.append(shortened(line))
        if line.startswith("Step "):
            print(f"image: {line[:_SHOWN_CHARACTERS].rstrip()}", file=sys.stderr, flush=True)
    if "error" in event:
        step = next((line for line in reversed(lines) if line.startswith("Step ")), "its start")
        raise StartError(
            f"the build failed at {step}: {one_line(event['error'])}", log_tail=tuple(lines)
        )


def pack(folders: Mapping[str, Path], context: IO[bytes]) -> None:
    """A tar without dates and owners, so that the engine's build cache recognises it."""
    with tarfile.open(fileobj=context, mode="w") as tar:
        for prefix, folder in folders.items():
            for path in sorted(folder.rglob("*")):
                name = Path(prefix) / path.relative_to(folder)
                _add(tar, path, name.as_posix())


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    entry = tar.gettarinfo(path, name)
    entry.uid = entry.gid = entry.mtime = 0
    entry.uname = entry.gname = ""
    executable = entry.isdir() or bool(entry.mode & 0o100)
    entry.mode = 0o755 if executable else 0o644  # whatever this machine's umask made of it
    if entry.isfile():
        with path.open("rb") as stream:
            tar.addfile(entry, stream)
    else:
        tar.addfile(entry, io.BytesIO())
