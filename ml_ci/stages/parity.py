"""`parity`: reference and target compared, rung by rung."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.records import ReferenceRecord, ReplayRecord
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import read_golden
from ml_ci.environment import this_environment
from ml_ci.measurement import load_measurement, save_measurement
from ml_ci.model.compute import fixed_threads
from ml_ci.model.reference_steps import ReferenceSteps
from ml_ci.noise import NoiseFloor
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.parity.compare import Comparison
from ml_ci.parity.executor import StepError
from ml_ci.parity.sides import Sides
from ml_ci.receipt import Receipt
from ml_ci.stages.loading import load_trained
from ml_ci.stages.running import run_stage
from ml_ci.stages.traces import measured_trace

STAGE = "parity"


def main() -> None:
    """Load both traces, the noise floor and the model's steps, compare, save the result."""
    preprocess = read_section(PreprocessSettings)
    threads = read_section(ComputeSettings).threads
    model = read_section(ModelSettings)
    receipt = Receipt.of(STAGE)
    golden = {sample.name: sample for sample in read_golden(paths.GOLDEN)}
    reference = load_measurement("reference", ReferenceRecord).result
    replay = load_measurement("replay", ReplayRecord).result

    folder = paths.model_folder(model.name, model.version)
    sides = Sides(
        reference=measured_trace(paths.REFERENCE, reference.trace_sha256),
        target=measured_trace(paths.SERVER, replay.trace_sha256),
        noise=NoiseFloor.load(folder / paths.NOISE_FILE),
        class_names=ModelCard.load(folder).class_names,
        executor=ReferenceSteps(
            load_trained(preprocess).ladder(),
            decode_rule(preprocess, read_section(LimitSettings)),
            lambda image: golden[image].path.read_bytes(),
            StepError,
        ),
    )
    with fixed_threads(threads):
        result = Comparison(sides=sides).run(paths.SERVER, golden)
    save_measurement(receipt, this_environment(threads=None).as_strings(), result)
    receipt.write()
    print(f"{result.target}: {result.sentence}")


if __name__ == "__main__":
    run_stage(STAGE, main)
