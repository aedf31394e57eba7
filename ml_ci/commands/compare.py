"""`ml-ci compare A B`: any two sides that have been recorded, on their ladder and beside it."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import json_text
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.commands.compared_side import Side, open_side
from ml_ci.data.rule import decode_rule
from ml_ci.model.reference_steps import ReferenceSteps
from ml_ci.noise import NoiseFloor
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.targets import TargetsSettings
from ml_ci.parity.accepted import NOTHING, Accepted, accepted_of
from ml_ci.parity.checks.invariants import invariant_checks
from ml_ci.parity.executor import StepError
from ml_ci.report.terminal import print_parity
from ml_ci.report.verdicts import VERDICT_EXIT
from ml_ci.stages.judging import Judging, golden_hashes
from ml_ci.stages.loading import load_trained
from ml_ci.steps import RECEIVED


def compare(console: Console, first: str, second: str, *, as_json: bool = False) -> int:
    """Hold ``second`` against ``first``, each the name of a target or a folder.

    Prints the result, or JSON alone, and returns 0, 1 or 3. Raises UserError when a side is not
    there or the model is not.
    """
    settings = read_section(ModelSettings)
    card = ModelCard.load(paths.model_folder(settings.name, settings.version))
    with ExitStack() as kept:
        reference, target = (open_side(one, card.class_names, kept) for one in (first, second))
        judging = _judging(reference, target, card)
        inquiry = target.asked_against(reference)
        result = judging.judge(Path(second).name, target.trace, inquiry, _accepted(second))
    if as_json:
        console.out(json_text(result.model_dump(mode="json")), end="", highlight=False)
    else:
        print_parity(console, result)
        for problem in (*reference.problems, *target.problems):
            console.print(problem, markup=False, highlight=False)
    return VERDICT_EXIT[result.verdict]


def _judging(reference: Side, target: Side, card: ModelCard) -> Judging:
    preprocess = read_section(PreprocessSettings)
    rule = decode_rule(preprocess, read_section(LimitSettings))
    noise = NoiseFloor.load(paths.model_folder(card.name, card.version) / paths.NOISE_FILE)
    own = reference.invariants
    return Judging(
        golden=_golden(reference, target),
        folder=paths.GOLDEN,
        reference=reference.trace,
        facts=reference.facts,
        own=() if own is None else invariant_checks(own, noise),
        weights=paths.WEIGHTS if reference.is_reference else None,
        noise=noise,
        card=card,
        rule=rule,
        executor=ReferenceSteps(load_trained(preprocess).ladder(), rule, _sent, StepError),
        threads=read_section(ComputeSettings).threads,
    )


def _golden(reference: Side, target: Side) -> dict[str, str]:
    """Every image that a side has; its hash in the manifest, or as the first side received it."""
    images = dict.fromkeys((*reference.trace.images, *target.trace.images))
    manifest = golden_hashes() if reference.is_reference else {}
    return {image: manifest.get(image) or _received(reference, image) for image in images}


def _received(side: Side, image: str) -> str:
    rung = side.trace.rungs(image).get(RECEIVED.name) if image in side.trace else None
    return "" if rung is None else rung.sha256


def _accepted(name: str) -> Accepted:
    """What params.yaml accepts of the target that ``name`` is, by its name or by its folder."""
    for target, settings in read_section(TargetsSettings).root.items():
        folders = (paths.trace_folder(target), paths.dump_folder(target))
        if name == target or Path(name) in folders:
            return accepted_of(target, settings, datetime.now(UTC).date())
    return NOTHING


def _sent(image: str) -> bytes:
    path = paths.GOLDEN / image
    if not path.is_file():
        raise StepError(f"{path} is not there")
    return path.read_bytes()
