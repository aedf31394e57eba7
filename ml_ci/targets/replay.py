"""A replay: images sent to a running server, what it answers recorded as a trace."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from ml_ci.params.replay import ReplaySettings
from ml_ci.progress import counted
from ml_ci.targets.asking import Answered, Asker, Source
from ml_ci.targets.client import Call, Client, TargetError, open_client
from ml_ci.targets.credentials import NO_CREDENTIALS, Credentials
from ml_ci.targets.routes import Routes
from ml_ci.targets.running_server import RunningServer
from ml_ci.trace.layout import FLOATS, HASHED, TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter

AHEAD = 4
"""Images taken up for each that may be under way: an answer waits for those before it, and all wait
while a shard is written, but the server has something to do."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class ReplayJob:
    """What is replayed against, and how."""

    target: str
    """Name of the trace."""
    receipt: str
    routes: Routes
    settings: ReplaySettings
    model_sha256: str | None = None
    """What the server has to say it serves; None asks nothing."""
    reference: Trace | None = None
    """Where the target's pixels have another hash than here, their arrays are fetched too."""
    credentials: Credentials = NO_CREDENTIALS
    """For a server that is not ours alone."""
    now: Callable[[], datetime] = _now


@dataclass(frozen=True, kw_only=True)
class ReplayResult:
    """How it went; every image stands in the trace, answered or failed."""

    images: int
    failures: dict[str, str]
    """Reason by image name."""
    gave_up: str | None
    """Why images were left out unsent; None when all were sent."""
    log_tail: tuple[str, ...]
    """The server's last lines, when anything failed."""


def replay(
    server: RunningServer, sources: Sequence[Source], folder: Path, job: ReplayJob
) -> ReplayResult:
    """Send every image and write the trace into ``folder``, in the order of ``sources``.

    `label` and `probabilities` are what any client gets; the other rungs come from the trace route.
    At most ``job.settings.concurrency`` images are in memory at once, and the answers to AHEAD
    times as many. An image that cannot be answered is a failure in the trace, and the replay goes
    on unless the server is gone or hangs.
    """
    return asyncio.run(_replay(server, sources, folder, job))


def record_start_failure(
    names: Iterable[str], folder: Path, job: ReplayJob, *, reason: str, log_tail: tuple[str, ...]
) -> ReplayResult:
    """Write the trace of a server that never got ready: every image failed for ``reason``."""
    failures = dict.fromkeys(names, reason)
    with TraceWriter(folder, _header(job, {})) as trace:
        for name in failures:
            trace.add(name, {}, failure=reason)
    return ReplayResult(images=len(failures), failures=failures, gave_up=reason, log_tail=log_tail)


async def _replay(
    server: RunningServer, sources: Sequence[Source], folder: Path, job: ReplayJob
) -> ReplayResult:
    failures: dict[str, str] = {}
    concurrency, seconds = job.settings.concurrency, job.settings.timeout_seconds
    async with open_client(
        server.url,
        timeout_seconds=seconds,
        connections=concurrency,
        credentials=job.credentials,
    ) as client:
        header = _header(job, await _environment(client, job.routes))
        asker = Asker(
            server=server,
            client=client,
            routes=job.routes,
            reference=job.reference,
            concurrency=concurrency,
        )
        asker.gave_up = await _not_ready(client, job) or await _another_model(client, job)
        label = f"replaying against {job.target}"
        with (
            TraceWriter(folder, header, keep=FLOATS | HASHED) as trace,
            counted(len(sources), label) as advance,
        ):
            async with aclosing(_in_order(asker, sources, AHEAD * concurrency)) as answers:
                async for answered in answers:
                    trace.hold(answered.name, answered.rungs, failure=answered.failure)
                    if trace.is_full:
                        await asyncio.to_thread(trace.flush)
                    if answered.failure is not None:
                        failures[answered.name] = answered.failure
                    advance()
    return ReplayResult(
        images=len(sources),
        failures=failures,
        gave_up=asker.gave_up,
        log_tail=server.log_tail() if failures else (),
    )


async def _in_order(
    asker: Asker, sources: Sequence[Source], together: int
) -> AsyncGenerator[Answered]:
    """Answers in the order of ``sources``: a trace must not depend on which came first."""
    pending: deque[asyncio.Task[Answered]] = deque()
    try:
        for source in sources:
            if len(pending) == together:
                yield await pending.popleft()
            pending.append(asyncio.create_task(asker.ask(source)))
        while pending:
            yield await pending.popleft()
    finally:
        for task in pending:
            task.cancel()


async def _not_ready(client: Client, job: ReplayJob) -> str | None:
    """Why nothing is sent: nobody is there, or says that it is not yet. A gateway that does not
    show the path says nothing about the server behind it."""
    if job.routes.ready is None:
        return None
    try:
        await client.send(Call(path=job.routes.ready))
    except TargetError as error:
        told = error.status is not None and error.status < HTTPStatus.INTERNAL_SERVER_ERROR
        return None if told else f"the server is not ready: {error}"
    return None


async def _another_model(client: Client, job: ReplayJob) -> str | None:
    """Why nothing is sent: what answers here serves another model, or does not say which."""
    if job.model_sha256 is None or job.routes.model is None:
        return None
    try:
        served = (await job.routes.model.ask(client)).get("sha256")
    except TargetError as error:
        return f"the server does not say which model it serves: {error}"
    if served == job.model_sha256:
        return None
    return f"the server serves another model: {served}, not {job.model_sha256}"


async def _environment(client: Client, routes: Routes) -> dict[str, str]:
    """Empty when the server does not tell: that is no reason not to replay."""
    if routes.environment is None:
        return {}
    try:
        return await routes.environment.ask(client)
    except TargetError:
        return {}


def _header(job: ReplayJob, environment: dict[str, str]) -> TraceHeader:
    created = job.now().isoformat(timespec="seconds")
    return TraceHeader(
        target=job.target,
        receipt=job.receipt,
        environment=environment,
        created=created,
        entry=job.routes.entry,
    )
