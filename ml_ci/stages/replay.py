"""`replay`: the golden set is sent to the running server."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.records import ReplayRecord
from ml_ci.data.samples import GoldenSample, read_golden
from ml_ci.engines.choosing import choose_engine
from ml_ci.environment import this_environment
from ml_ci.measurement import save_measurement
from ml_ci.params.container import ContainerSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.receipt import Receipt
from ml_ci.stages.running import run_stage
from ml_ci.targets.asking import Source
from ml_ci.targets.engine import StartError
from ml_ci.targets.replay import ReplayJob, ReplayResult, record_start_failure, replay
from ml_ci.targets.routes import routes_of_model
from ml_ci.trace import Trace

STAGE = "replay"
REFERENCE = "reference"
TARGET = "container"


def main() -> None:
    """Start the server, replay, stop it, save the trace; a server that fails is a finding."""
    container = read_section(ContainerSettings)
    receipt = Receipt.of(STAGE)
    job = ReplayJob(
        target=TARGET,
        receipt=receipt.sha256,
        routes=routes_of_model(read_section(ModelSettings).name),
        settings=read_section(ReplaySettings),
        reference=Trace.open(paths.trace_folder(REFERENCE)),
    )
    result = _replay(container, read_golden(paths.GOLDEN), job)
    record = ReplayRecord(
        images=result.images,
        failures=len(result.failures),
        gave_up=result.gave_up,
        log_tail=result.log_tail,
    )
    save_measurement(receipt, this_environment(threads=None).as_strings(), record)
    receipt.write()
    print(f"{STAGE}: {result.images - len(result.failures)} of {result.images} images answered")


def _replay(
    container: ContainerSettings, golden: list[GoldenSample], job: ReplayJob
) -> ReplayResult:
    sources = [Source(name=sample.name, read=sample.path.read_bytes) for sample in golden]
    folder = paths.trace_folder(TARGET)
    try:
        with choose_engine(container).running(paths.BUILD_CONTEXT) as server:
            return replay(server, sources, folder, job)
    except StartError as error:
        names = [sample.name for sample in golden]
        return record_start_failure(names, folder, job, reason=str(error), log_tail=error.log_tail)


if __name__ == "__main__":
    run_stage(STAGE, main)
