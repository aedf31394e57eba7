"""A running container: hardened, published on 127.0.0.1 only, always removed."""

from __future__ import annotations

import hashlib
import math
import signal
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container
from docker.types import LogConfig, Mount

from ml_ci.artifacts.image_record import BuiltImage
from ml_ci.engines.log import LOG_LINES, last_lines, one_line
from ml_ci.interruption import postponed
from ml_ci.targets.running_server import StartError

HOST = "127.0.0.1"
CHECKOUT_LABEL = "ml-ci.checkout"
RUN_LABEL = "ml-ci.run"
# Threads count as well, so there is room for several workers; a fork bomb ends here and not at the
# machine's own limit.
_MOST_PROCESSES = 512
_LOG_BYTES = "5m"  # far more than the last lines that are kept; a flood of it fills no disk
_TMP_MB = 64  # uploads that a server spools; it counts as the container's memory
_KILLED = 128 + signal.SIGKILL


@dataclass(frozen=True, kw_only=True)
class Service:
    """What a container of an image runs, and how it is reached."""

    port: int
    """Where it listens inside."""
    ready: str
    """The path that answers 200 once it is ready."""
    variables: Mapping[str, str]
    confined: bool
    """Read-only root filesystem and no capabilities."""
    scratch: bool
    """Whether /tmp can be written although it is confined, in memory."""
    models_at: str | None = None
    """Where the exported models are mounted, read-only."""
    command: Sequence[str] | None = None
    """None starts what the image says."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much it may take."""

    memory_mb: int
    stop_seconds: float


class ContainerServer:
    """A ``RunningServer`` in a container."""

    def __init__(
        self, container: Container, image: BuiltImage, service: Service, limits: Limits
    ) -> None:
        self.image = image
        """What runs."""
        self._container = container
        self._service = service
        self._limits = limits
        self._ending: str | None = None

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, the port being the engine's choice."""
        key = f"{self._service.port}/tcp"
        bindings = self._container.attrs["NetworkSettings"]["Ports"].get(key) or []
        if not bindings:  # it ended before the engine could publish anything
            self._container.reload()
            bindings = self._container.attrs["NetworkSettings"]["Ports"].get(key) or []
        return f"http://{HOST}:{bindings[0]['HostPort'] if bindings else 0}"

    @property
    def container(self) -> Container:
        """As the engine's SDK knows it."""
        return self._container

    def ending(self) -> str | None:
        """How it ended, None while it runs; remembered after it is removed."""
        if self._ending is None:
            self._ending = self._look()
        return self._ending

    def log_tail(self) -> tuple[str, ...]:
        """The last lines it logged, standard output and error together."""
        try:
            return last_lines(self._container.logs(tail=LOG_LINES))
        except (DockerException, OSError):
            return ()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL after ``stop_seconds``, which is said on stderr."""
        if self.ending() is not None:
            return
        self._container.stop(timeout=math.ceil(self._limits.stop_seconds))
        self._container.reload()
        state = self._container.attrs["State"]
        self._ending = "was stopped"
        if state["ExitCode"] == _KILLED and not state["OOMKilled"]:
            print(
                f"the server did not stop within {self._limits.stop_seconds:g} s of SIGTERM "
                "and was killed",
                file=sys.stderr,
            )

    def _look(self) -> str | None:
        try:
            self._container.reload()
        except NotFound:
            return "was removed by someone else"
        except (DockerException, OSError) as error:
            said = one_line(error)
            return f"cannot be watched any more, the Docker engine does not answer ({said})"
        state = self._container.attrs["State"]
        return None if state["Running"] else _how_it_ended(state, self._limits.memory_mb)


@contextmanager
def running_container(
    client: DockerClient, image: BuiltImage, service: Service, limits: Limits, models: Path
) -> Iterator[ContainerServer]:
    """The started container; removed at the end whatever happens. ``models``: what it may mount.

    What an earlier run of this checkout left behind (it was killed itself) is removed first.
    Raises StartError when the engine cannot start it.
    """
    sweep(client)
    name = f"ml-ci-{uuid.uuid4().hex[:12]}"
    try:
        with postponed():  # else it might be made after we looked for it to remove it
            container = _create(client, image, name=name, **_options(service, limits, models))
        server = ContainerServer(container, image, service, limits)
        _start(container)
        yield server
        server.stop()
    finally:
        with postponed():
            _remove(client, name)


def sweep(client: DockerClient) -> list[str]:
    """Remove the containers that runs of this checkout left behind; returns their names.

    Only one run at a time is let into a checkout, so those of other processes are left over.
    """
    label = f"{CHECKOUT_LABEL}={checkout_id()}"
    # The list itself, without a look into each: some may be going
    found = client.api.containers(all=True, filters={"label": label})
    left = [entry for entry in found if entry["Labels"].get(RUN_LABEL) != _run_id()]
    names = [str(entry["Names"][0]).removeprefix("/") for entry in left if entry["Names"]]
    for name in names:
        _remove(client, name)
    return names


def checkout_id(folder: Path = Path()) -> str:
    """Tells the containers of this working folder from those of any other."""
    return hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]


@cache
def _run_id() -> str:
    """Tells the containers of this process from those of any other, also of one with its pid."""
    return uuid.uuid4().hex[:12]


def _create(client: DockerClient, image: BuiltImage, **options: Any) -> Container:
    try:
        return client.containers.create(image.id, **options)
    except APIError as error:
        raise StartError(_refused(error), log_tail=()) from None


def _options(service: Service, limits: Limits, models: Path) -> dict[str, Any]:
    memory = f"{limits.memory_mb}m"
    options: dict[str, Any] = {
        "command": None if service.command is None else list(service.command),
        "environment": dict(service.variables),
        "use_config_proxy": False,  # it may hold a password, and production has another
        "labels": {CHECKOUT_LABEL: checkout_id(), RUN_LABEL: _run_id()},
        "ports": {f"{service.port}/tcp": (HOST, None)},
        "mem_limit": memory,
        "memswap_limit": memory,  # the same: no swap
        "pids_limit": _MOST_PROCESSES,
        "security_opt": ["no-new-privileges"],
        "log_config": LogConfig(type="json-file", config={"max-size": _LOG_BYTES, "max-file": "1"}),
    }
    if service.models_at is not None:
        source = str(models.absolute())
        mount = Mount(target=service.models_at, source=source, type="bind", read_only=True)
        options["mounts"] = [mount]
    if service.confined:
        options |= {"read_only": True, "cap_drop": ["ALL"]}
        if service.scratch:
            options["tmpfs"] = {"/tmp": f"rw,noexec,nosuid,nodev,size={_TMP_MB}m"}  # noqa: S108
    return options


def _start(container: Container) -> None:
    try:
        container.start()
        container.reload()  # the published port is known only now
    except APIError as error:
        raise StartError(_refused(error), log_tail=()) from None


def _refused(error: APIError) -> str:
    return f"the engine cannot start the container: {one_line(error.explanation)}"


def _remove(client: DockerClient, name: str) -> None:
    """By force, with its anonymous volumes; one that is gone already is fine. Where the engine does
    not manage, that is said: why it was to be removed is more important than that."""
    try:
        client.api.remove_container(name, force=True, v=True)
    except NotFound:
        return
    except (DockerException, OSError) as error:
        if "already in progress" not in str(error):
            said = one_line(error)
            print(
                f"the container {name} could not be removed ({said}); the next run tries again",
                file=sys.stderr,
            )


def _how_it_ended(state: dict[str, Any], memory_mb: int) -> str:
    code = state["ExitCode"]
    if state["OOMKilled"]:
        return f"was killed because it needed more memory than container.memory_mb ({memory_mb} MB)"
    if code == _KILLED:
        return "was killed (SIGKILL; an out-of-memory kill of the whole machine looks like this)"
    if code > 128:
        return f"was ended by {_signal_name(code - 128)}"
    return f"ended with exit code {code}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
