"""`coverage`: which mistakes of a server the golden set would notice, and which it could not."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.data.samples import read_golden
from ml_ci.environment import this_environment
from ml_ci.measurement import save_measurement
from ml_ci.model.compute import fixed_threads
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.targets import TargetsSettings
from ml_ci.receipt import Receipt
from ml_ci.stages.covering import covering_of, shown
from ml_ci.stages.running import run_stage

STAGE = "coverage"


def main() -> None:
    """Make every known mistake on purpose, see which images show it, save."""
    threads = read_section(ComputeSettings).threads
    receipt = Receipt.of(STAGE)
    golden = {sample.name: sample.path.read_bytes() for sample in read_golden(paths.GOLDEN)}
    covering = covering_of(
        read_section(PreprocessSettings),
        read_section(LimitSettings),
        read_section(ModelSettings),
        read_section(TargetsSettings).root.values(),
        golden,
    )
    with fixed_threads(threads):
        coverage = covering.of(golden, shown)
    environment = this_environment(threads=threads, torch=True).as_strings()
    save_measurement(receipt, environment, coverage)
    receipt.write()
    trace = coverage.trace
    print(f"{STAGE}: {trace.noticed} of {trace.faults} faults would be noticed from a trace")


if __name__ == "__main__":
    run_stage(STAGE, main)
