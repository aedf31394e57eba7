"""`image`: what the server is made of, and what will run it."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.records import ImageRecord
from ml_ci.data.rule import decode_rule
from ml_ci.engines.choosing import choose_engine
from ml_ci.engines.context import ContextParts, build_context
from ml_ci.environment import this_environment
from ml_ci.measurement import save_measurement
from ml_ci.params.container import ContainerSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.serving import ServingSettings
from ml_ci.receipt import Receipt
from ml_ci.serving.settings import ServerSettings
from ml_ci.stages.running import run_stage

STAGE = "image"


def main() -> None:
    """Assemble the build context and let the engine prepare what running it needs."""
    model, serving = read_section(ModelSettings), read_section(ServingSettings)
    container = read_section(ContainerSettings)
    receipt = Receipt.of(STAGE)
    settings = ServerSettings(
        model=model.name,
        version=model.version,
        rule=decode_rule(read_section(PreprocessSettings), read_section(LimitSettings)),
        body_bytes=serving.body_bytes,
        instances=serving.instances,
        threads=serving.threads,
    )
    parts = ContextParts(
        model=paths.model_folder(model.name, model.version),
        version=model.version,
        lock=paths.SERVING_LOCK,
        settings=settings,
    )
    sha256 = build_context(paths.BUILD_CONTEXT, parts)
    engine = choose_engine(container)
    engine.prepare(paths.BUILD_CONTEXT)
    record = ImageRecord(wanted=container.engine, used=engine.name, context_sha256=sha256)
    save_measurement(receipt, this_environment(threads=None).as_strings(), record)
    receipt.write()


if __name__ == "__main__":
    run_stage(STAGE, main)
