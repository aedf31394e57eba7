"""`ml-ci diagnose`: why a server, a device or a recorded target differs from the training side."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import json_text, write_text
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.records import ReferenceRecord
from ml_ci.commands.compared_side import open_side
from ml_ci.commands.drift import check_url, credentials_from
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import GoldenSample, is_left_behind, read_golden
from ml_ci.errors import UserError
from ml_ci.measurement import load_measurement
from ml_ci.model.compute import fixed_threads
from ml_ci.noise import NoiseFloor
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.container import ContainerSettings, ProjectServer
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.params.targets import HttpTarget, OurProtocol, TargetsSettings
from ml_ci.parity.compare import Comparison
from ml_ci.parity.diagnosis.diagnose import Diagnosing
from ml_ci.parity.diagnosis.finding import Diagnosis
from ml_ci.parity.result import ParityResult
from ml_ci.parity.sides import Sides
from ml_ci.report.diagnosis import print_diagnosis
from ml_ci.report.terminal import print_parity
from ml_ci.report.verdicts import VERDICT_EXIT
from ml_ci.stages.diagnosing import diagnosing_of
from ml_ci.stages.loading import TrainedModel, load_trained
from ml_ci.stages.recording import routes_of
from ml_ci.stages.reference import climb
from ml_ci.stages.traces import measured_trace
from ml_ci.targets.asking import Source
from ml_ci.targets.deployed import Deployed
from ml_ci.targets.replay import ReplayJob, replay
from ml_ci.targets.routes import Routes, as_any_client, routes_of_model, routes_of_server
from ml_ci.trace.layout import TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter

NAME = "diagnosed"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is to be diagnosed; exactly one of ``url`` and ``trace``."""

    url: str | None
    trace: str | None
    """The name of a target, or a folder."""
    protocol: str | None
    """The name of a target in params.yaml that is asked in the same way."""
    images: Path | None
    """A folder of images instead of the golden set."""
    json_file: Path | None
    seconds: float


def diagnose(console: Console, wanted: Wanted, variables: Mapping[str, str]) -> int:
    """Print, or write, why it differs; returns 0, 1 or 3.

    Raises UserError when there is no model, nothing was recorded, or nothing may be sent there.
    """
    if (wanted.url is None) == (wanted.trace is None):
        raise UserError(
            what="it takes a running server or something recorded, one of the two",
            where="ml-ci diagnose",
            fix="name `--url http://…`, or `--trace` with a target's name or a folder",
        )
    preprocess = read_section(PreprocessSettings)
    trained = load_trained(preprocess)
    samples = _samples(wanted.images)
    contents = {sample.name: sample.path for sample in samples}
    rule = decode_rule(preprocess, read_section(LimitSettings))
    diagnosing = diagnosing_of(
        trained, rule, lambda image: contents[image].read_bytes(), wanted.seconds
    )
    threads = read_section(ComputeSettings).threads
    with ExitStack() as kept, fixed_threads(threads):
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="ml-ci-diagnose-")))
        reference = _reference(wanted, samples, trained, diagnosing, folder)
        target = _target(wanted, samples, reference, folder, variables, kept)
        sides = _sides(reference, target, trained, diagnosing)
        result = Comparison(sides=sides).run(wanted.trace or NAME, list(contents))
        diagnosis = diagnosing.diagnose(sides, result)
    _tell(console, wanted, result, diagnosis)
    return VERDICT_EXIT[diagnosis.verdict]


def _tell(console: Console, wanted: Wanted, result: ParityResult, diagnosis: Diagnosis) -> None:
    text = json_text(diagnosis.model_dump(mode="json"))
    if str(wanted.json_file) == "-":
        console.out(text, end="", highlight=False)
        return
    print_parity(console, result)
    console.print()
    print_diagnosis(console, diagnosis)
    if wanted.json_file is not None:
        write_text(wanted.json_file, text)


def _samples(images: Path | None) -> Sequence[GoldenSample]:
    if images is None:
        return read_golden(paths.GOLDEN)
    files = sorted(path for path in images.rglob("*") if path.is_file()) if images.is_dir() else []
    files = [path for path in files if not is_left_behind(Path(path.name))]
    if not files:
        raise UserError(
            what="there are no images",
            where=str(images),
            fix="name a folder with images that the server answers",
        )
    return [
        GoldenSample(name=path.relative_to(images).as_posix(), path=path, label="", witnesses=())
        for path in files
    ]


def _reference(
    wanted: Wanted,
    samples: Sequence[GoldenSample],
    trained: TrainedModel,
    diagnosing: Diagnosing,
    folder: Path,
) -> Trace:
    """What was measured of the golden set; of other images it is made here."""
    if wanted.images is None:
        recorded = load_measurement(paths.REFERENCE, ReferenceRecord).result
        return measured_trace(paths.REFERENCE, recorded.trace_sha256)
    header = TraceHeader(
        target=paths.REFERENCE,
        receipt="0" * 64,
        environment={},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    ladder, rule = trained.ladder(), diagnosing.reference.rule
    with TraceWriter(folder / paths.REFERENCE, header) as trace:
        for sample in samples:
            try:
                trace.add(sample.name, climb(sample, ladder, rule))
            except UserError as error:
                trace.add(sample.name, {}, failure=error.what)
    return Trace.open(folder / paths.REFERENCE)


def _target(
    wanted: Wanted,
    samples: Sequence[GoldenSample],
    reference: Trace,
    folder: Path,
    variables: Mapping[str, str],
    kept: ExitStack,
) -> Trace:
    if wanted.url is None:
        names = ModelCard.load(_model_folder()).class_names
        return open_side(wanted.trace or "", names, kept).trace
    credentials = credentials_from(variables)
    check_url(wanted.url, authorized=bool(credentials.headers))
    routes, model_sha256 = _routes(wanted.protocol)
    job = ReplayJob(
        target=NAME,
        receipt="0" * 64,
        routes=routes,
        settings=read_section(ReplaySettings),
        model_sha256=model_sha256,
        reference=reference,
        credentials=credentials,
    )
    sources = [Source(name=sample.name, read=sample.path.read_bytes) for sample in samples]
    replay(Deployed(url=wanted.url.rstrip("/")), sources, folder / NAME, job)
    return Trace.open(folder / NAME)


def _routes(protocol: str | None) -> tuple[Routes, str | None]:
    """As the target of that name is asked; else as what `container` describes is by any client."""
    card = ModelCard.load(_model_folder())
    if protocol is not None:
        target = read_section(TargetsSettings).root.get(protocol)
        if not isinstance(target, HttpTarget):
            raise UserError(
                what=f"`{protocol}` is no target of kind `http`",
                where=f"{paths.PARAMS}, targets",
                fix="describe how the server is asked as a target of kind `http`, and name that",
            )
        ours = isinstance(target.protocol, OurProtocol)
        return routes_of(target.protocol, card), card.model_sha256 if ours else None
    server = read_section(ContainerSettings).server
    if isinstance(server, ProjectServer):
        return as_any_client(routes_of_model(card.name)), None
    return as_any_client(routes_of_server(server, card.class_names)), None


def _sides(reference: Trace, target: Trace, trained: TrainedModel, diagnosing: Diagnosing) -> Sides:
    return Sides(
        reference=reference,
        target=target,
        noise=NoiseFloor.load(_model_folder() / paths.NOISE_FILE),
        class_names=trained.card.class_names,
        executor=diagnosing.reference.executor,
    )


def _model_folder() -> Path:
    model = read_section(ModelSettings)
    return paths.model_folder(model.name, model.version)
