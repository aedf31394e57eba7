"""What the golden set is held against, made of this checkout: for the stage and the command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ml_ci.artifacts import paths
from ml_ci.data.rule import decode_rule
from ml_ci.data.witnesses import standard_witnesses
from ml_ci.noise import NoiseFloor
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.targets import Target
from ml_ci.parity.coverage.covering import Covering
from ml_ci.parity.coverage.noticing import Judge
from ml_ci.parity.faults.catalogue import catalogue
from ml_ci.parity.faults.fault import Variant
from ml_ci.progress import tracked
from ml_ci.stages.fault_reference import reference_of
from ml_ci.stages.loading import load_trained


def covering_of(
    preprocess: PreprocessSettings,
    limits: LimitSettings,
    model: ModelSettings,
    targets: Iterable[Target],
    golden: Mapping[str, bytes],
) -> Covering:
    """The trained model, its noise floor, and every fault there is."""
    folder = paths.model_folder(model.name, model.version)
    rule = decode_rule(preprocess, limits)
    return Covering(
        reference=reference_of(load_trained(preprocess), rule, lambda image: golden[image]),
        judge=Judge(
            noise=NoiseFloor.load(folder / paths.NOISE_FILE), tolerances=loosest_tolerances(targets)
        ),
        faults=catalogue(),
        witnesses=standard_witnesses,
    )


def loosest_tolerances(targets: Iterable[Target]) -> dict[str, float]:
    """By step, the largest own error that is let pass on any target."""
    loosest: dict[str, float] = {}
    for target in targets:
        known = [(one.step, one.largest) for one in target.expected if one.largest is not None]
        for step, largest in (*target.tolerances.items(), *known):
            loosest[step] = max(largest, loosest.get(step, 0.0))
    return loosest


def shown(variants: Sequence[Variant]) -> Iterable[Variant]:
    """With a progress bar."""
    return tracked(variants, "making mistakes on purpose")
