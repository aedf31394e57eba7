"""`parity`: every target compared with the reference, rung by rung."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.records import ReferenceRecord, ReplayRecord
from ml_ci.data.decode import read_image
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import read_golden
from ml_ci.environment import this_environment
from ml_ci.measurement import load_measurement, save_measurement
from ml_ci.noise import NoiseFloor
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.targets import TargetsSettings
from ml_ci.parity.compare import Comparison
from ml_ci.parity.result import ParityResults
from ml_ci.receipt import Receipt
from ml_ci.rung import Array
from ml_ci.stages.running import run_stage
from ml_ci.stages.traces import measured_trace
from ml_ci.steps import DECODED

STAGE = "parity"


def main() -> None:
    """Load the traces and the noise floor, compare, save the results."""
    targets = read_section(TargetsSettings).root
    rule = decode_rule(read_section(PreprocessSettings), read_section(LimitSettings))
    model = read_section(ModelSettings)
    receipt = Receipt.of(STAGE)
    golden = {sample.name: sample for sample in read_golden(paths.GOLDEN)}
    reference = load_measurement("reference", ReferenceRecord).result
    replay = load_measurement("replay", ReplayRecord).result

    def reference_pixels(image: str, step: str) -> Array:
        picture = read_image(golden[image].path.read_bytes(), rule)
        return picture.decoded.pixels if step == DECODED.name else picture.image

    folder = paths.model_folder(model.name, model.version)
    noise, card = NoiseFloor.load(folder / paths.NOISE_FILE), ModelCard.load(folder)
    reference_trace = measured_trace(paths.REFERENCE, reference.trace_sha256)
    hashes = {record.name: record.trace_sha256 for record in replay.targets}
    results = []
    for name in targets:
        comparison = Comparison(
            reference=reference_trace,
            target=measured_trace(name, hashes[name]),
            noise=noise,
            class_names=card.class_names,
            reference_pixels=reference_pixels,
        )
        results.append(comparison.run(name, golden))
        print(f"{name}: {results[-1].sentence}")
    result = ParityResults(targets=tuple(results))
    save_measurement(receipt, this_environment(threads=None).as_strings(), result)
    receipt.write()


if __name__ == "__main__":
    run_stage(STAGE, main)
