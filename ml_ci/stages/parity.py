"""`parity`: every target compared with the reference, rung by rung."""

from __future__ import annotations

from datetime import UTC, datetime

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
from ml_ci.params.targets import TargetsSettings
from ml_ci.parity.accepted import accepted_of
from ml_ci.parity.compare import Comparison
from ml_ci.parity.executor import StepError
from ml_ci.parity.result import ParityResults
from ml_ci.parity.sides import Sides
from ml_ci.receipt import Receipt
from ml_ci.stages.loading import load_trained
from ml_ci.stages.running import run_stage
from ml_ci.stages.traces import measured_trace

STAGE = "parity"


def main() -> None:
    """Load the traces, the noise floor and the model's steps, compare, save the results."""
    targets = read_section(TargetsSettings).root
    preprocess = read_section(PreprocessSettings)
    threads = read_section(ComputeSettings).threads
    model = read_section(ModelSettings)
    receipt = Receipt.of(STAGE)
    today = datetime.now(UTC).date()
    golden = {sample.name: sample for sample in read_golden(paths.GOLDEN)}
    reference = load_measurement("reference", ReferenceRecord).result
    replay = load_measurement("replay", ReplayRecord).result

    folder = paths.model_folder(model.name, model.version)
    noise, card = NoiseFloor.load(folder / paths.NOISE_FILE), ModelCard.load(folder)
    reference_trace = measured_trace(paths.REFERENCE, reference.trace_sha256)
    hashes = {record.name: record.trace_sha256 for record in replay.targets}
    executor = ReferenceSteps(
        load_trained(preprocess).ladder(),
        decode_rule(preprocess, read_section(LimitSettings)),
        lambda image: golden[image].path.read_bytes(),
        StepError,
    )
    results = []
    for name, target in targets.items():
        sides = Sides(
            reference=reference_trace,
            target=measured_trace(name, hashes[name]),
            noise=noise,
            class_names=card.class_names,
            executor=executor,
            accepted=accepted_of(name, target, today),
        )
        with fixed_threads(threads):
            results.append(Comparison(sides=sides).run(name, golden))
        print(f"{name}: {results[-1].sentence}")
    result = ParityResults(targets=tuple(results))
    environment = this_environment(threads=threads, torch=True).as_strings()
    save_measurement(receipt, environment, result)
    receipt.write()


if __name__ == "__main__":
    run_stage(STAGE, main)
