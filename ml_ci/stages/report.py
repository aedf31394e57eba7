"""`report`: everything measured in one report.json, and Markdown from it."""

from __future__ import annotations

import os

from ml_ci.base.reading import look_at_base
from ml_ci.data.manifest import read_manifest
from ml_ci.params.evaluate import EvaluateSettings
from ml_ci.params.forks import ForkSettings
from ml_ci.params.gate import GateSettings
from ml_ci.params.golden import GoldenSettings
from ml_ci.params.reading import read_section
from ml_ci.receipt import Receipt
from ml_ci.report.gathering import Conditions, gather
from ml_ci.report.schema import StageTime
from ml_ci.report.writing import write_report
from ml_ci.repository import Repository
from ml_ci.stages.running import read_stage_records, run_stage

STAGE = "report"


def main() -> None:
    """Gather, render, save."""
    receipt = Receipt.of(STAGE)
    times = [
        StageTime(stage=record.stage, seconds=record.seconds, started=record.started)
        for record in read_stage_records().values()
        if record.status == "done" and record.stage != STAGE
    ]
    times.sort(key=lambda time: time.started)
    evaluate = read_section(EvaluateSettings)
    conditions = Conditions(
        thresholds=evaluate.thresholds,
        golden=read_section(GoldenSettings),
        gate=read_section(GateSettings),
        forks=read_section(ForkSettings),
        bins=evaluate.calibration_bins,
    )
    look = look_at_base(Repository(), os.environ)
    report = gather(receipt, read_manifest(), times, look, conditions)
    write_report(report)
    receipt.write()


if __name__ == "__main__":
    run_stage(STAGE, main)
