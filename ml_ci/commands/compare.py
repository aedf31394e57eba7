"""`ml-ci compare A B`: any two sides that have been recorded, rung by rung."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import json_text, write_text
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.data.rule import decode_rule
from ml_ci.errors import UserError
from ml_ci.model.compute import fixed_threads
from ml_ci.model.reference_steps import ReferenceSteps
from ml_ci.noise import NoiseFloor
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.parity.compare import Comparison
from ml_ci.parity.executor import Executor, StepError
from ml_ci.parity.result import ParityResult
from ml_ci.parity.sides import Sides
from ml_ci.report.terminal import print_parity
from ml_ci.report.verdicts import VERDICT_EXIT
from ml_ci.stages.loading import load_trained
from ml_ci.trace.layout import TRACE_FILE
from ml_ci.trace.reading import Trace


def compare(console: Console, first: str, second: str, json_file: Path | None) -> int:
    """Hold ``second`` against ``first``, each the name of a target or a folder with a trace.

    Prints the result, writes it to ``json_file`` where one is named (``-``: prints nothing else),
    and returns 0, 1 or 3. Raises UserError when a side is not there or the model is not.
    """
    reference, target = open_side(first), open_side(second)
    result = _compared(reference, target, second)
    if json_file is None:
        print_parity(console, result)
    elif str(json_file) == "-":
        console.out(json_text(result.model_dump(mode="json")), end="", highlight=False)
    else:
        print_parity(console, result)
        write_text(json_file, json_text(result.model_dump(mode="json")))
    return VERDICT_EXIT[result.verdict]


def open_side(name: str) -> Trace:
    """The trace of a target by its name, or in a folder. Raises UserError when there is none."""
    for folder in (paths.trace_folder(name), Path(name)):
        if (folder / TRACE_FILE).is_file():
            return Trace.open(folder)
    known = sorted(path.parent.name for path in paths.TRACES.glob(f"*/{TRACE_FILE}"))
    raise UserError(
        what=f"nothing was recorded of {name!r}",
        where=f"{paths.trace_folder(name)} and {name}",
        fix=f"name one of {', '.join(known)}, or a folder with a {TRACE_FILE}"
        if known
        else f"run `make repro`, which records every target, or name a folder with a {TRACE_FILE}",
    )


def _compared(reference: Trace, target: Trace, name: str) -> ParityResult:
    model = read_section(ModelSettings)
    folder = paths.model_folder(model.name, model.version)
    card = ModelCard.load(folder)
    sides = Sides(
        reference=reference,
        target=target,
        noise=NoiseFloor.load(folder / paths.NOISE_FILE),
        class_names=card.class_names,
        executor=_executor(),
    )
    images = dict.fromkeys((*reference.images, *target.images))
    with fixed_threads(read_section(ComputeSettings).threads):
        return Comparison(sides=sides).run(Path(name).name, images)


def _executor() -> Executor:
    preprocess = read_section(PreprocessSettings)
    return ReferenceSteps(
        load_trained(preprocess).ladder(),
        decode_rule(preprocess, read_section(LimitSettings)),
        _sent,
        StepError,
    )


def _sent(image: str) -> bytes:
    path = paths.GOLDEN / image
    if not path.is_file():
        raise StepError(f"{path} is not there")
    return path.read_bytes()
