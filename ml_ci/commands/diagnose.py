"""`ml-ci diagnose`: why a target answers otherwise than the reference, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import json_text, write_text
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.commands.diagnosed_target import Asked, images_of, opened
from ml_ci.data.decode import DecodeRule
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import GoldenSample
from ml_ci.model.compute import fixed_threads
from ml_ci.noise import NoiseFloor
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.diagnosis import DiagnosisSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.targets import TargetsSettings
from ml_ci.parity.accepted import NOTHING, Accepted, accepted_of
from ml_ci.parity.compare import Comparison
from ml_ci.parity.diagnosis.finding import Diagnosis
from ml_ci.parity.executor import StepError
from ml_ci.parity.result import ParityResult
from ml_ci.parity.sides import Sides
from ml_ci.report.diagnosis import print_diagnosis
from ml_ci.report.verdicts import VERDICT_EXIT
from ml_ci.stages.diagnosing import diagnosing_of
from ml_ci.stages.fault_reference import reference_of
from ml_ci.stages.loading import TrainedModel, load_trained
from ml_ci.stages.reference import climb
from ml_ci.trace.layout import FLOATS, TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter


def diagnose(console: Console, asked: Asked) -> int:
    """Compare the target with the model of this checkout, and say why it differs where it does.

    Prints the result and returns 0, 1 or 3. Raises UserError when there is no model, no image, or
    nothing to compare.
    """
    asked.check()
    with ExitStack() as kept:
        looking = _Looking(asked, kept)
        with fixed_threads(read_section(ComputeSettings).threads):
            result, diagnosis, problems = looking.look()
    text = json_text(diagnosis.model_dump(mode="json"))
    if str(asked.json_file) == "-":
        console.out(text, end="", highlight=False)
        return VERDICT_EXIT[diagnosis.verdict]
    print_diagnosis(console, result, diagnosis)
    for problem in problems:
        console.print(problem, markup=False, highlight=False)
    if asked.json_file is not None:
        write_text(asked.json_file, text)
    return VERDICT_EXIT[diagnosis.verdict]


class _Looking:
    """One diagnosis."""

    def __init__(self, asked: Asked, kept: ExitStack) -> None:
        self._asked = asked
        self._kept = kept
        settings = read_section(ModelSettings)
        self._folder = paths.model_folder(settings.name, settings.version)
        self._card = ModelCard.load(self._folder)
        preprocess = read_section(PreprocessSettings)
        self._rule = decode_rule(preprocess, read_section(LimitSettings))
        self._trained = load_trained(preprocess)

    def look(self) -> tuple[ParityResult, Diagnosis, tuple[str, ...]]:
        """The comparison, the diagnosis, and what could not be used of the target."""
        images = images_of(self._asked.images, self._rule)
        folder = Path(self._kept.enter_context(TemporaryDirectory())) / paths.REFERENCE
        reference = record_reference(self._trained, self._rule, images, folder)
        target, problems = opened(self._asked, images, reference, self._card, self._kept)
        model = reference_of(self._trained, self._rule, lambda name: _read(images, name))
        sides = Sides(
            reference=reference,
            target=target,
            noise=NoiseFloor.load(self._folder / paths.NOISE_FILE),
            class_names=self._card.class_names,
            executor=model.executor,
            accepted=_accepted(self._asked.recorded),
        )
        name = Path(self._asked.recorded or "server").name
        result = Comparison(sides=sides).run(name, list(images))
        if result.verdict != "differs":
            return result, _as_compared(result), problems
        diagnosing = diagnosing_of(model, read_section(DiagnosisSettings))
        return result, diagnosing.diagnose(sides, result), problems


def record_reference(
    trained: TrainedModel, rule: DecodeRule, images: Mapping[str, Path], folder: Path
) -> Trace:
    """What this checkout's model makes of ``images``, recorded in ``folder``."""
    ladder = trained.ladder()
    header = TraceHeader(target=paths.REFERENCE, receipt="", created=_now().isoformat())
    with TraceWriter(folder, header, keep=FLOATS) as writer:
        for name, path in images.items():
            sample = GoldenSample(name=name, path=path, label="", witnesses=())
            writer.add(name, climb(sample, ladder, rule))
    return Trace.open(folder)


def _as_compared(result: ParityResult) -> Diagnosis:
    """Nothing differs, or nothing can be told from it."""
    return Diagnosis(
        verdict=result.verdict, first_step=result.first_step, findings=(), passes=0.0, seconds=0.0
    )


def _accepted(name: str | None) -> Accepted:
    """What params.yaml accepts of the target, where it is one of its own."""
    settings = None if name is None else read_section(TargetsSettings).root.get(name)
    return NOTHING if settings is None else accepted_of(str(name), settings, _now().date())


def _read(images: Mapping[str, Path], name: str) -> bytes:
    if name not in images:
        raise StepError(f"there is no image {name}")
    return images[name].read_bytes()


def _now() -> datetime:
    return datetime.now(UTC)
