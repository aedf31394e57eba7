"""What targets are diagnosed with, made of this checkout."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ml_ci.artifacts import paths
from ml_ci.data.decode import DecodeRule
from ml_ci.data.inspection import inspect
from ml_ci.data.orientation import UPRIGHT
from ml_ci.data.samples import read_split
from ml_ci.parity.diagnosis.cost import CostCounter, Labelled
from ml_ci.parity.diagnosis.diagnose import Diagnosing
from ml_ci.parity.faults.catalogue import catalogue
from ml_ci.parity.faults.fault import Fault
from ml_ci.progress import tracked
from ml_ci.stages.fault_reference import reference_of
from ml_ci.stages.loading import TrainedModel

_TEST_IMAGES = 400  # that a fault is simulated on: ± 5 points at most, by the interval


def diagnosing_of(
    trained: TrainedModel, rule: DecodeRule, sent: Callable[[str], bytes], seconds: float
) -> Diagnosing:
    """``sent`` gives the encoded image of a name; ``seconds`` are for each target."""
    reference = reference_of(trained, rule, sent)
    return Diagnosing(
        reference=reference,
        catalogue=catalogue(),
        seconds=seconds,
        kinds_of=lambda image: kinds_of(sent(image)),
        costs=CostCounter(reference, _labelled()),
        track=_shown,
    )


def kinds_of(content: bytes) -> tuple[str, ...]:
    """What is special about a file, in a word or two each."""
    seen = inspect(content)
    found = [seen.format or "no known format", seen.layout, f"{seen.sampling} chroma"]
    found += ["progressive"] if seen.progressive else []
    found += ["turned by EXIF"] if seen.orientation != UPRIGHT else []
    return tuple(kind for kind in found if kind.strip() not in ("", "chroma"))


def _labelled() -> Labelled:
    samples = read_split(paths.TEST)
    chosen = Labelled(
        contents=[sample.path.read_bytes() for sample in samples],
        labels=[sample.label for sample in samples],
    )
    return chosen.first(_TEST_IMAGES)


def _shown(faults: Sequence[Fault]) -> Iterable[Fault]:
    return tracked(faults, "looking for the cause")
