"""`image`: what the server is made of, and the image or environment made of it."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.image_record import ImageRecord
from ml_ci.data.rule import decode_rule
from ml_ci.engines.choosing import Prepared, prepare_engine, wanted_engine
from ml_ci.engines.context import ContextParts, ModelPart, build_context, build_own_context
from ml_ci.environment import this_environment
from ml_ci.measurement import save_measurement
from ml_ci.params.container import ContainerSettings, DockerfileServer, ProjectServer
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.serving import ServingSettings
from ml_ci.receipt import Receipt
from ml_ci.serving.settings import ServerSettings
from ml_ci.stages.running import run_stage
from ml_ci.targets.running_server import StartError

STAGE = "image"


def main() -> None:
    """Assemble the build context and make the image of it; a failed build is a finding."""
    container = read_section(ContainerSettings)
    receipt = Receipt.of(STAGE)
    context_sha256 = _build_context(container)
    failure: StartError | None = None
    try:
        prepared = prepare_engine(paths.BUILD_CONTEXT, container)
    except StartError as error:
        prepared, failure = Prepared(used="docker", reason="", image=None), error
        print(f"{STAGE}: {failure}")
    record = ImageRecord(
        wanted=wanted_engine(container),
        used=prepared.used,
        reason=prepared.reason,
        context_sha256=context_sha256,
        image=prepared.image,
        failure=None if failure is None else str(failure),
        log_tail=() if failure is None else failure.log_tail,
    )
    save_measurement(receipt, this_environment(threads=None).as_strings(), record)
    receipt.write()


def _build_context(container: ContainerSettings) -> str:
    settings = read_section(ModelSettings)
    model = ModelPart(
        folder=paths.model_folder(settings.name, settings.version),
        name=settings.name,
        version=settings.version,
    )
    if not isinstance(container.server, ProjectServer):
        own = paths.OWN_SERVER if isinstance(container.server, DockerfileServer) else None
        return build_own_context(paths.BUILD_CONTEXT, model, own)
    parts = ContextParts(
        model=model,
        lock=paths.SERVING_LOCK,
        image_lock=paths.IMAGE_LOCK,
        dockerfile=paths.DOCKERFILE,
        settings=_server_settings(settings),
    )
    return build_context(paths.BUILD_CONTEXT, parts)


def _server_settings(model: ModelSettings) -> ServerSettings:
    serving = read_section(ServingSettings)
    return ServerSettings(
        model=model.name,
        version=model.version,
        rule=decode_rule(read_section(PreprocessSettings), read_section(LimitSettings)),
        body_bytes=serving.body_bytes,
        instances=serving.instances,
        threads=serving.threads,
    )


if __name__ == "__main__":
    run_stage(STAGE, main)
