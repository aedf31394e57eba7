"""The `ml-ci` command: names → functions, no logic.

Imports stand inside the functions, so that `ml-ci gate` does not load torch.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from ml_ci.errors import exit_code_of
from ml_ci.interruption import interruptible

app = typer.Typer(
    help="Do training and serving still agree?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a bug keeps its plain traceback
)
data = typer.Typer(help="The versioned data.", no_args_is_help=True)
app.add_typer(data, name="data")
ci = typer.Typer(help="What the workflows run.", no_args_is_help=True)
app.add_typer(ci, name="ci")
golden = typer.Typer(help="The golden set's answers.", no_args_is_help=True)
app.add_typer(golden, name="golden")


@app.command()
def repro(
    pull: Annotated[bool, typer.Option(help="Pull data and weights first.")] = True,
    gate: Annotated[bool, typer.Option(help="End with the gate's exit code.")] = True,
) -> None:
    """Pull the data, run what changed, print the verdict and gate."""
    from ml_ci.commands.repro import main_job

    sys.exit(exit_code_of(lambda: main_job(Console(), pull=pull, gated=gate)))


@app.command()
def gate(
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Exit 0 when the report passes, 1 when it does not, 3 when something could not be compared."""
    from ml_ci.commands.gate import print_gate

    sys.exit(exit_code_of(lambda: print_gate(Console(), as_json=json)))


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="The side to hold the other against.")],
    second: Annotated[str, typer.Argument(help="A target, or a folder: a trace or a dump.")],
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Compare any two sides that were recorded, like `ml-ci compare reference onnx`."""
    from ml_ci.commands.compare import compare as compare_sides

    sys.exit(exit_code_of(lambda: compare_sides(Console(), first, second, as_json=json)))


@app.command()
def coverage(
    suggest: Annotated[
        Path | None, typer.Option(help="Propose images of this folder that would notice more.")
    ] = None,
    derive: Annotated[
        Path | None, typer.Option(help="Make such images from golden ones, into a new folder.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="A row per fault.")] = False,
    json: Annotated[
        Path | None, typer.Option(help="Write the whole result here; - prints it alone.")
    ] = None,
) -> None:
    """Which mistakes of a server the golden set would notice, and which it could never."""
    from ml_ci.commands.coverage import Wanted
    from ml_ci.commands.coverage import coverage as cover

    wanted = Wanted(every=every, json_file=json, suggest=suggest, derive=derive)
    sys.exit(exit_code_of(lambda: cover(Console(), wanted)))


@app.command()
def diagnose(
    target: Annotated[
        str | None, typer.Argument(help="A target that was recorded, by its name.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Address of a server to ask now.")] = None,
    protocol: Annotated[
        str | None,
        typer.Option(help="How: ml-ci, ml-ci-trace, an http target's name, or a YAML file."),
    ] = None,
    trace: Annotated[
        Path | None, typer.Option(help="Folder with a trace, or with what a device wrote.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="Images to look at instead of the golden set.")
    ] = None,
    json: Annotated[
        Path | None, typer.Option(help="Write the whole result here; - prints it alone.")
    ] = None,
) -> None:
    """Why a target answers otherwise than the model of this checkout, and what to do about it."""
    from ml_ci.commands.diagnose import diagnose as look
    from ml_ci.commands.diagnosed_target import Asked

    asked = Asked(
        target=target,
        trace=trace,
        url=url,
        protocol=protocol,
        images=images,
        json_file=json,
        variables=os.environ,
    )
    sys.exit(exit_code_of(lambda: look(Console(), asked)))


@app.command()
def doctor() -> None:
    """Say what is missing on this machine and how to get it."""
    from ml_ci.commands.doctor import diagnose_machine

    sys.exit(exit_code_of(lambda: diagnose_machine(Console())))


@app.command()
def train(
    output: Annotated[Path, typer.Option(help="Where the weights go.")],
    profile: Annotated[str, typer.Option(help="smoke or full.")] = "full",
) -> None:
    """Train outside the pipeline, for weights that then enter it as `train.source: pretrained`."""
    from ml_ci.commands.train import train_to

    sys.exit(exit_code_of(lambda: train_to(output, profile, Console())))


@data.command("update")
def data_update(
    allow_removals: Annotated[
        bool, typer.Option(help="Files of the manifest are gone on purpose.")
    ] = False,
) -> None:
    """After changing data/: update data.dvc, the manifest and the data remote together."""
    from ml_ci.commands.data import update

    sys.exit(exit_code_of(lambda: update(Console(), allow_removals=allow_removals)))


@ci.command("data")
def ci_data() -> None:
    """In a fork's pull request: the public subset of private data, where params.yaml names one."""
    from ml_ci.commands.ci import choose_data

    sys.exit(exit_code_of(lambda: choose_data(Console(), os.environ)))


@ci.command("handover")
def ci_handover() -> None:
    """Write handover.json, which the commenting workflow reads."""
    from ml_ci.commands.ci import write_handover

    sys.exit(exit_code_of(lambda: write_handover(Console(), os.environ)))


@ci.command("summary")
def ci_summary() -> None:
    """Add the reports to the run's page."""
    from ml_ci.commands.ci import write_summary

    sys.exit(exit_code_of(lambda: write_summary(os.environ)))


@ci.command("annotations")
def ci_annotations() -> None:
    """Print findings as annotations on lines of params.yaml and the code."""
    from ml_ci.commands.ci import print_annotations

    sys.exit(exit_code_of(lambda: print_annotations(print)))


@ci.command("image")
def ci_image() -> None:
    """Print the id of the image that was replayed."""
    from ml_ci.commands.ci import print_image

    sys.exit(exit_code_of(lambda: print_image(print)))


@golden.command("accept")
def golden_accept() -> None:
    """Answers on the golden set moved on purpose: metrics/golden.json takes what was measured."""
    from ml_ci.commands.golden import accept

    sys.exit(exit_code_of(lambda: accept(Console())))


@app.command()
def accept(
    run: Annotated[int | None, typer.Option(help="Number of the workflow run.")] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="Its artifact, already here: folder or ZIP.")
    ] = None,
    max_mb: Annotated[int, typer.Option(min=1, help="Most it may have, unpacked.")] = 2048,
    from_fork: Annotated[
        bool, typer.Option("--from-fork", help="Also the run of a fork, whose code you trust.")
    ] = False,
) -> None:
    """Take over what CI measured of this commit: dvc.lock, metrics and weights."""
    from ml_ci.commands.accept import accept_measured

    sys.exit(
        exit_code_of(
            lambda: accept_measured(
                Console(), run=run, source=source, max_mb=max_mb, from_fork=from_fork
            )
        )
    )


@app.command()
def resolve(
    answers: Annotated[
        Literal["ours", "theirs"] | None,
        typer.Option(help="Whose golden answers count where both branches accepted others."),
    ] = None,
) -> None:
    """After `git merge` or `git rebase` stopped: make dvc.lock, metrics and data one again."""
    from ml_ci.commands.resolve import resolve_conflict

    sys.exit(exit_code_of(lambda: resolve_conflict(Console(), answers)))


@app.command()
def drift(url: Annotated[str, typer.Option(help="Address of the deployed server.")]) -> None:
    """Replay the golden set against a deployed server and hold it against the reference."""
    from ml_ci.commands.drift import measure_drift

    sys.exit(exit_code_of(lambda: measure_drift(Console(), url, os.environ)))


@app.command()
def collect(
    output: Annotated[
        Path | None,
        typer.Option(help="Where it goes, with its settings beside it; without, it is printed."),
    ] = None,
) -> None:
    """The file that records on a device what each step holds: one file, numpy and Pillow alone.

    Copy what `--output collect.py` writes (collect.py and collect.json) and data/golden to the
    device, run `python3 collect.py golden dump` there, and copy dump to dumps/<target>/ here.
    docs/device.md has the whole way, and the one without this file.
    """
    from ml_ci.commands.collect import write_collector

    sys.exit(exit_code_of(lambda: write_collector(output, Console())))


@ci.command("measured")
def ci_measured(
    output: Annotated[Path, typer.Option(help="Folder for what `ml-ci accept` takes over.")],
) -> None:
    """Pack what this checkout measured, for an artifact named ml-ci-measured."""
    from ml_ci.commands.measured import pack_measured

    sys.exit(exit_code_of(lambda: pack_measured(Console(), output)))


@ci.command("bases")
def ci_bases() -> None:
    """Keep what was measured of the default branch as a base for later runs."""
    from ml_ci.commands.kept_bases import keep_bases

    sys.exit(exit_code_of(lambda: keep_bases(Console(), os.environ)))


def main() -> None:
    """Entry point of the `ml-ci` script."""
    with interruptible():
        app()


if __name__ == "__main__":
    main()
