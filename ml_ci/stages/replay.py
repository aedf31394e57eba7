"""`replay`: the golden set is sent to the running server."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.records import BuiltImage, ImageRecord, ReferenceRecord, ReplayRecord
from ml_ci.data.samples import GoldenSample, read_golden
from ml_ci.engines.choosing import engine_of
from ml_ci.engines.context import context_hash
from ml_ci.environment import this_environment
from ml_ci.errors import UserError
from ml_ci.measurement import load_measurement, save_measurement
from ml_ci.params.container import (
    ContainerSettings,
    DockerfileServer,
    ImageServer,
    ProjectServer,
)
from ml_ci.params.model import ModelSettings
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.receipt import Receipt
from ml_ci.stages.running import run_stage
from ml_ci.stages.traces import measured_trace
from ml_ci.targets.asking import Source
from ml_ci.targets.replay import ReplayJob, ReplayResult, record_start_failure, replay
from ml_ci.targets.routes import Routes, routes_of_model, routes_of_server
from ml_ci.targets.running_server import StartError
from ml_ci.trace import TRACE_FILE

STAGE = "replay"


def main() -> None:
    """Start the server, replay, stop it, save the trace; a server that fails is a finding."""
    container = read_section(ContainerSettings)
    model = read_section(ModelSettings)
    receipt = Receipt.of(STAGE)
    image = load_measurement("image", ImageRecord).result
    _check_context(image)
    card = ModelCard.load(paths.model_folder(model.name, model.version))
    ours = isinstance(container.server, ProjectServer)
    job = ReplayJob(
        target=paths.SERVER,
        receipt=receipt.sha256,
        routes=_routes(container.server, card, model.name),
        settings=read_section(ReplaySettings),
        model_sha256=card.model_sha256 if ours else None,
        reference=measured_trace(
            paths.REFERENCE, load_measurement("reference", ReferenceRecord).result.trace_sha256
        ),
    )
    result, ran = _replay(container, image, read_golden(paths.GOLDEN), job)
    record = ReplayRecord(
        images=result.images,
        failures=len(result.failures),
        gave_up=result.gave_up,
        log_tail=result.log_tail,
        trace_sha256=sha256_of_file(paths.trace_folder(paths.SERVER) / TRACE_FILE),
        image=ran,
    )
    save_measurement(receipt, this_environment(threads=None).as_strings(), record)
    receipt.write()
    print(f"{STAGE}: {result.images - len(result.failures)} of {result.images} images answered")


def _check_context(image: ImageRecord) -> None:
    """Raise UserError unless what will be started is what the image stage made."""
    folder = paths.BUILD_CONTEXT
    if not folder.is_dir() or context_hash(folder) != image.context_sha256:
        raise UserError(
            what="the server's build context is not the one that was made",
            where=str(folder),
            fix="run `make repro`, which makes it again",
        )


def _routes(
    server: ProjectServer | DockerfileServer | ImageServer, card: ModelCard, name: str
) -> Routes:
    if isinstance(server, ProjectServer):
        return routes_of_model(name)
    return routes_of_server(server, card.class_names)


def _replay(
    container: ContainerSettings, image: ImageRecord, golden: list[GoldenSample], job: ReplayJob
) -> tuple[ReplayResult, BuiltImage | None]:
    """How it went, and which image ran."""
    sources = [Source(name=sample.name, read=sample.path.read_bytes) for sample in golden]
    folder = paths.trace_folder(paths.SERVER)
    try:
        if image.failure is not None:
            raise StartError(image.failure, log_tail=image.log_tail)
        with engine_of(image, container).running(paths.BUILD_CONTEXT) as server:
            return replay(server, sources, folder, job), server.image
    except StartError as error:
        names, log_tail = [sample.name for sample in golden], error.log_tail
        failed = record_start_failure(names, folder, job, reason=str(error), log_tail=log_tail)
        return failed, None


if __name__ == "__main__":
    run_stage(STAGE, main)
