"""`parity`: every target compared with the reference, on its ladder and beside it."""

from __future__ import annotations

from datetime import UTC, datetime

from ml_ci.artifacts import paths
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.records import ReferenceRecord, ReplayRecord
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import read_golden
from ml_ci.environment import this_environment
from ml_ci.measurement import load_measurement, save_measurement
from ml_ci.model.reference_steps import ReferenceSteps
from ml_ci.noise import NoiseFloor
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.targets import TargetsSettings
from ml_ci.parity.accepted import accepted_of
from ml_ci.parity.checks.invariants import invariant_checks
from ml_ci.parity.executor import StepError
from ml_ci.parity.result import ParityResults
from ml_ci.receipt import Receipt
from ml_ci.stages.judging import Judging, golden_hashes
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
    limits = read_section(LimitSettings)
    receipt = Receipt.of(STAGE)
    today = datetime.now(UTC).date()
    golden = {sample.name: sample for sample in read_golden(paths.GOLDEN)}
    reference = load_measurement("reference", ReferenceRecord).result
    replay = load_measurement("replay", ReplayRecord).result

    folder = paths.model_folder(model.name, model.version)
    noise, rule = NoiseFloor.load(folder / paths.NOISE_FILE), decode_rule(preprocess, limits)
    own = invariant_checks(reference.invariants, noise)
    hashes = golden_hashes()
    judging = Judging(
        golden={name: hashes.get(name, "") for name in golden},
        folder=paths.GOLDEN,
        reference=measured_trace(paths.REFERENCE, reference.trace_sha256),
        facts=reference.facts,
        own=own,
        weights=paths.WEIGHTS,
        noise=noise,
        card=ModelCard.load(folder),
        rule=rule,
        executor=ReferenceSteps(
            load_trained(preprocess).ladder(),
            rule,
            lambda image: golden[image].path.read_bytes(),
            StepError,
        ),
        threads=threads,
    )
    results = []
    for record in replay.targets:
        trace = measured_trace(record.name, record.trace_sha256)
        accepted = accepted_of(record.name, targets[record.name], today)
        results.append(judging.judge(record.name, trace, record.inquiry, accepted))
        print(f"{record.name}: {results[-1].sentence}")
    result = ParityResults(targets=tuple(results), reference=own)
    environment = this_environment(threads=threads, torch=True).as_strings()
    save_measurement(receipt, environment, result)
    receipt.write()


if __name__ == "__main__":
    run_stage(STAGE, main)
