"""Recording a target: the golden set goes through it, whatever it is, and becomes a trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.image_record import BuiltImage, ImageRecord
from ml_ci.artifacts.inquiry import Inquiry
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.records import TargetRecord
from ml_ci.data.decode import DecodeRule
from ml_ci.data.samples import GoldenSample
from ml_ci.engines.choosing import engine_of
from ml_ci.environment import this_environment
from ml_ci.params.container import ContainerSettings, ProjectServer
from ml_ci.params.replay import ReplaySettings
from ml_ci.params.targets import (
    ContainerTarget,
    CustomProtocol,
    DumpTarget,
    HttpTarget,
    OnnxTarget,
    OurProtocol,
    Protocol,
    Target,
)
from ml_ci.stages.inquiring import Inquirer, elsewhere, of_dump
from ml_ci.targets.asking import Source
from ml_ci.targets.credentials import NO_CREDENTIALS, Credentials
from ml_ci.targets.deployed import Deployed
from ml_ci.targets.dump import Golden, read_dump
from ml_ci.targets.onnx import OnnxJob, run_onnx
from ml_ci.targets.replay import ReplayJob, ReplayResult, record_start_failure, replay
from ml_ci.targets.routes import (
    Routes,
    as_any_client,
    routes_of_model,
    routes_of_protocol,
    routes_of_server,
)
from ml_ci.targets.running_server import StartError
from ml_ci.trace.layout import TRACE_FILE, TraceHeader
from ml_ci.trace.reading import Trace


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What all targets are recorded with."""

    receipt: str
    settings: ReplaySettings
    container: ContainerSettings
    image: ImageRecord
    card: ModelCard
    rule: DecodeRule
    threads: int
    golden: Sequence[GoldenSample]
    reference: Trace
    credentials: Mapping[str, Credentials]
    """Of the targets that have any, by name."""
    inquirer: Inquirer

    def record(self, name: str, target: Target) -> TargetRecord:
        """The trace of one target in ``trace/<name>``, and how that went.

        What a target does wrong is part of it; raises UserError for what only the user can change.
        """
        match target:
            case ContainerTarget():
                return self._container(name)
            case OnnxTarget():
                return self._onnx(name)
            case HttpTarget():
                return self._http(name, target)
            case DumpTarget():
                return self._dump(name)

    def _container(self, name: str) -> TargetRecord:
        server = self.container.server
        if isinstance(server, ProjectServer):
            job = self._job(name, routes_of_model(self.card.name), self.card.model_sha256)
        else:
            job = self._job(name, routes_of_server(server, self.card.class_names), None)
        try:
            if self.image.failure is not None:
                raise StartError(self.image.failure, log_tail=self.image.log_tail)
            return self._started(job, ours=isinstance(server, ProjectServer))
        except StartError as error:
            names = [sample.name for sample in self.golden]
            folder = paths.trace_folder(name)
            result = record_start_failure(
                names, folder, job, reason=str(error), log_tail=error.log_tail
            )
            return _record(name, "container", result, None)

    def _started(self, job: ReplayJob, *, ours: bool) -> TargetRecord:
        """Raises StartError when it does not get ready."""
        engine = engine_of(self.image, self.container)
        folder = paths.trace_folder(job.target)
        with engine.running(paths.BUILD_CONTEXT) as running:
            result, image = replay(running, self._sources, folder, job), running.image
            inquired = self.inquirer.server(running, job, result, ours=ours)
        inquiry = self.inquirer.fresh(inquired, job, lambda: engine.running(paths.BUILD_CONTEXT))
        record = _record(job.target, "container", result, inquiry, image)
        log_tail = inquired.log_tail or record.log_tail
        return record.model_copy(update={"problems": inquired.problems, "log_tail": log_tail})

    def _onnx(self, name: str) -> TargetRecord:
        environment = this_environment(threads=self.threads).as_strings()
        job = OnnxJob(
            model=paths.model_folder(self.card.name, self.card.version) / paths.MODEL_FILE,
            rule=self.rule,
            threads=self.threads,
            header=self._header(name, environment),
            reference=self.reference,
        )
        result = run_onnx(self._sources, paths.trace_folder(name), job)
        return _record(name, "onnx", result, self.inquirer.model(name, result))

    def _http(self, name: str, target: HttpTarget) -> TargetRecord:
        ours = isinstance(target.protocol, OurProtocol)
        sha256 = self.card.model_sha256 if ours else None
        job = self._job(name, routes_of_target(target.protocol, self.card), sha256)
        server = Deployed(url=target.url.rstrip("/"))
        result = replay(server, self._sources, paths.trace_folder(name), job)
        inquired = self.inquirer.server(server, job, result, ours=ours)
        return _record(name, "http", result, elsewhere(inquired))

    def _dump(self, name: str) -> TargetRecord:
        found = read_dump(
            paths.dump_folder(name),
            paths.trace_folder(name),
            self._header(name, {}),
            Golden(
                images=[sample.name for sample in self.golden], class_names=self.card.class_names
            ),
            self.reference,
        )
        result = ReplayResult(
            images=found.images, failures=found.failures, gave_up=None, log_tail=()
        )
        inquiry = of_dump(Trace.open(paths.trace_folder(name)))
        record = _record(name, "dump", result, inquiry)
        return record.model_copy(update={"problems": found.problems, "recorded": found.created})

    def _job(self, name: str, routes: Routes, model_sha256: str | None) -> ReplayJob:
        return ReplayJob(
            target=name,
            receipt=self.receipt,
            routes=routes,
            settings=self.settings,
            model_sha256=model_sha256,
            reference=self.reference,
            credentials=self.credentials.get(name, NO_CREDENTIALS),
        )

    def _header(self, name: str, environment: dict[str, str]) -> TraceHeader:
        return TraceHeader(
            target=name, receipt=self.receipt, environment=environment, created=_now()
        )

    @property
    def _sources(self) -> list[Source]:
        return [Source(name=sample.name, read=sample.path.read_bytes) for sample in self.golden]


def routes_of_target(protocol: Protocol, card: ModelCard) -> Routes:
    """How a server that runs already is asked about the model."""
    match protocol:
        case OurProtocol():
            routes = routes_of_model(card.name)
            return routes if protocol.trace else as_any_client(routes)
        case CustomProtocol():
            return routes_of_protocol(protocol.predict, protocol.trace, card.class_names)
        case _:
            return routes_of_protocol(
                protocol.predict, None, card.class_names, ready=protocol.ready
            )


def _record(
    name: str,
    kind: str,
    result: ReplayResult,
    inquiry: Inquiry | None,
    image: BuiltImage | None = None,
) -> TargetRecord:
    return TargetRecord(
        name=name,
        kind=kind,
        images=result.images,
        failures=len(result.failures),
        gave_up=result.gave_up,
        log_tail=result.log_tail,
        problems=(),
        image=image,
        inquiry=inquiry,
        recorded=_now(),
        trace_sha256=sha256_of_file(paths.trace_folder(name) / TRACE_FILE),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
