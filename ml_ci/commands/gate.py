"""`ml-ci gate`: the last command of a build."""

from __future__ import annotations

import os

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import json_text
from ml_ci.artifacts.image_record import ImageRecord
from ml_ci.base.reading import look_at_base, why_of_another_base
from ml_ci.commands.dvc import dvc_is_current
from ml_ci.engines.choosing import ENGINE_VARIABLE, wanted_engine, why_not_the_image
from ml_ci.errors import UserError
from ml_ci.measurement import FIX, load_measurement
from ml_ci.params.container import ContainerSettings
from ml_ci.params.reading import read_section
from ml_ci.report.gate import gate
from ml_ci.report.gate_json import gate_json
from ml_ci.report.paths import REPORT_JSON
from ml_ci.report.reading import read_report
from ml_ci.report.schema import Report
from ml_ci.report.summary import print_summary
from ml_ci.repository import Repository
from ml_ci.stages.turn import run_turn


def print_gate(console: Console, *, as_json: bool = False) -> int:
    """Print the summary of the report, or JSON alone, and return the gate's exit code.

    Raises UserError when anything the report was made from has changed since, and while a run is
    at work: looking would hold DVC's lock, which that run needs.
    """
    with run_turn("`ml-ci gate`"):
        if not dvc_is_current():
            raise UserError(
                what="the pipeline is not up to date, so its report may be about something else",
                where=str(paths.LOCK),
                fix=FIX,
            )
        report = read_report()
        _check_engine(report, read_section(ContainerSettings))
        _check_base(report)
    if as_json:
        text = json_text(gate_json(report).model_dump(mode="json"))
        console.out(text, end="", highlight=False)
    else:
        print_summary(console, report)
    return gate(report)


def _check_base(report: Report) -> None:
    """What a change is compared with may have moved since, or become known."""
    look = look_at_base(Repository(), os.environ)
    reason = why_of_another_base(report.base, report.lock, look)
    if reason is not None:
        raise UserError(
            what=f"the report is out of date: {reason}", where=str(REPORT_JSON), fix=FIX
        )


def _check_engine(report: Report, settings: ContainerSettings) -> None:
    """CI that insists on an engine must not accept a report made with another one, and a report
    about an image is none about the one that has its name today."""
    wanted = wanted_engine(settings)
    if report.engine.wanted != wanted:
        raise UserError(
            what=f"the report was made with the engine `{report.engine.wanted}`, not `{wanted}`",
            where=f"{paths.PARAMS}, container.engine, or {ENGINE_VARIABLE} in the environment",
            fix=FIX,
        )
    reason = why_not_the_image(load_measurement("image", ImageRecord).result, settings)
    if reason is not None:
        raise UserError(
            what=f"{reason}, and the report is about the one before",
            where=f"{paths.PARAMS}, container.server",
            fix=FIX,
        )
