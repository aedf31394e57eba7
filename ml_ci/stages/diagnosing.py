"""What targets are diagnosed with, made of this checkout: for the stage and the command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from ml_ci.artifacts import paths
from ml_ci.data.kinds import kinds_of
from ml_ci.data.samples import read_split
from ml_ci.params.diagnosis import DiagnosisSettings
from ml_ci.parity.diagnosis.cost import CostCounter, Labelled
from ml_ci.parity.diagnosis.diagnose import Diagnosing
from ml_ci.parity.faults.catalogue import catalogue
from ml_ci.parity.faults.fault import Fault
from ml_ci.parity.faults.reference import Reference
from ml_ci.progress import tracked
from ml_ci.targets.labelled import LabelledPicture, sample


def diagnosing_of(reference: Reference, settings: DiagnosisSettings) -> Diagnosing:
    """Every fault there is, within the budget, with the cost on the test set where that is here."""
    return Diagnosing(
        reference=reference,
        catalogue=catalogue(),
        seconds=settings.seconds,
        passes=settings.passes,
        kinds_of=cache(lambda image: kinds_of(reference.executor.sent(image))),
        costs=_costs(reference, settings.cost_images),
        track=shown,
    )


def _costs(reference: Reference, images: int) -> CostCounter | None:
    """None where there are no test images, or none are wanted."""
    pictures = [
        LabelledPicture(name=one.path.as_posix(), label=one.label, read=one.path.read_bytes)
        for one in read_split(paths.TEST)
    ]
    few = sample(pictures, images)
    if not few:
        return None
    labelled = Labelled(contents=[one.read() for one in few], labels=[one.label for one in few])
    return CostCounter(reference, labelled)


def shown(faults: Sequence[Fault]) -> Iterable[Fault]:
    """With a progress bar."""
    return tracked(faults, "looking for the cause")
