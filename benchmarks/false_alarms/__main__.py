"""``python -m benchmarks.false_alarms``: count false alarms over networks × configurations."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.false_alarms.configurations import CONFIGURATIONS
from benchmarks.false_alarms.environments import Environments
from benchmarks.false_alarms.page import markdown
from benchmarks.false_alarms.pictures import sent_pictures
from benchmarks.false_alarms.study import Outcome, Plan, Study
from benchmarks.false_alarms.subjects import subjects
from benchmarks.machine import describe, this_commit, wait_for_quiet
from benchmarks.page import PAGE, write_section
from benchmarks.workplace import ROOT
from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_json
from ml_ci.errors import EXIT_DIFFERS, EXIT_INTERRUPTED
from ml_ci.interruption import interruptible

SECTION = "false_alarms"
DETAILS = paths.STATE / "false-alarms.json"
ENVIRONMENTS = paths.STATE / "false-alarms-environments"


def count(
    seeds: Annotated[int, typer.Option(min=1, help="Trainings of each network.")] = 1,
    pictures: Annotated[int, typer.Option(min=1, help="Of each of the two sets.")] = 14,
    networks: Annotated[str, typer.Option(help="Only those with this in their name.")] = "",
    only: Annotated[str, typer.Option(help="Only configurations with this in their name.")] = "",
    heavy: Annotated[bool, typer.Option(help="Other versions of torch, too: gigabytes.")] = False,
    power: Annotated[bool, typer.Option(help="Look for the smallest faults, too.")] = True,
    write: Annotated[bool, typer.Option(help=f"Put the tables into {PAGE}.")] = True,
) -> None:
    """Exit code 1 where a clean side was told from the reference."""
    console = Console(stderr=True)
    os.chdir(ROOT)

    def say(line: str) -> None:
        console.print(line, style="dim", markup=False, highlight=False, soft_wrap=True)

    machine = describe(this_commit(), wait_for_quiet())
    plan = Plan(
        subjects=[one for one in subjects(seeds) if networks in one.name],
        configurations=[
            one for one in CONFIGURATIONS if only in one.name and (heavy or not one.heavy)
        ],
        sent=sent_pictures(pictures),
        seeds=seeds,
        power=power,
        environments=Environments((ROOT / ENVIRONMENTS).absolute()),
    )
    with tempfile.TemporaryDirectory(prefix="ml-ci-false-alarms-") as folder:
        outcome = Study(plan, Path(folder).resolve(), say).run()
    content = markdown(outcome, len(plan.sent), machine)
    write_json(DETAILS, _details(outcome))
    print(content)
    if write:
        write_section(ROOT, SECTION, content)
    if any(one.alarms for one in outcome.variants):
        raise typer.Exit(EXIT_DIFFERS)


def _details(outcome: Outcome) -> dict[str, object]:
    return {
        "variants": [asdict(one) for one in outcome.variants],
        "noticed": [asdict(one) for one in outcome.noticed],
        "left_out": outcome.left_out,
    }


if __name__ == "__main__":
    try:
        with interruptible():
            typer.run(count)
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
