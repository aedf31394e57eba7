"""The study: subjects are made, every configuration answers, every answer is judged."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.false_alarms.configurations import Configuration
from benchmarks.false_alarms.counting import Variant
from benchmarks.false_alarms.environments import Environments
from benchmarks.false_alarms.judging import LOOKS, Look, Remembering, Rungs, judged
from benchmarks.false_alarms.layout import SENT
from benchmarks.false_alarms.making import THREADS, Made, make
from benchmarks.false_alarms.pictures import Sent
from benchmarks.false_alarms.power import Noticed, power_of
from benchmarks.false_alarms.sides import Answered, Sides
from benchmarks.false_alarms.subjects import Subject
from benchmarks.figures import NotMeasured
from ml_ci.model.compute import fixed_threads
from ml_ci.parity.result import ParityResult
from ml_ci.progress import tracked
from ml_ci.steps import FLOAT_STEPS, IMAGE, RECEIVED, TENSOR


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be asked."""

    subjects: Sequence[Subject]
    configurations: Sequence[Configuration]
    sent: Sequence[Sent]
    seeds: int
    power: bool
    environments: Environments


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of it."""

    made: list[Made] = field(default_factory=list)
    variants: list[Variant] = field(default_factory=list)
    noticed: list[Noticed] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    """What could not be run, and why."""


class Study:
    """One run, in a folder that may be thrown away."""

    def __init__(self, plan: Plan, folder: Path, say: Callable[[str], None]) -> None:
        self._plan = plan
        self._folder = folder
        self._say = say
        self._executors: dict[str, Remembering] = {}

    def run(self) -> Outcome:
        """All of it."""
        outcome = Outcome()
        (self._folder / SENT).mkdir()
        for one in self._plan.sent:
            (self._folder / SENT / one.name).write_bytes(one.content)
        for subject in tracked(self._plan.subjects, "training and exporting"):
            made = make(subject, self._folder / "subjects" / subject.name, self._plan.sent)
            if made.accuracy is not None:
                self._say(f"{subject.name}: {made.accuracy:.0%} right on what it was trained with")
            self._executors[subject.name] = Remembering(made.steps)
            outcome.made.append(made)
        sides = Sides(self._folder, outcome.made, self._plan.environments, self._plan.seeds)
        for configuration in tracked(self._plan.configurations, "comparing"):
            self._compare(configuration, sides, outcome)
        if self._plan.power:
            for made in tracked(outcome.made, "looking for the smallest faults"):
                executor = self._executors[made.subject.name]
                outcome.noticed.extend(power_of(made, executor, self._folder / "target"))
        return outcome

    def _compare(self, configuration: Configuration, sides: Sides, outcome: Outcome) -> None:
        try:
            answers = sides.run(configuration)
        except (NotMeasured, RuntimeError) as problem:
            self._leave_out(outcome, f"{configuration.name}: {problem}")
            return
        for made in outcome.made:
            answered = answers.get(made.subject.name)
            if answered is None:
                continue
            if answered.failure:
                where = f"{configuration.name} on {made.subject.name}"
                self._leave_out(outcome, f"{where}: {answered.failure}")
                continue
            variant = self._variant(made, configuration, answered)
            outcome.variants.append(variant)
            for alarm in variant.alarms:
                self._say(f"ALARM: {variant.configuration} on {variant.subject}: {alarm}")

    def _leave_out(self, outcome: Outcome, reason: str) -> None:
        self._say(f"left out: {reason}")
        outcome.left_out.append(reason)

    def _variant(self, made: Made, configuration: Configuration, answered: Answered) -> Variant:
        executor = self._executors[made.subject.name]
        entry = RECEIVED.name if configuration.entry == IMAGE.name else TENSOR.name
        alarms, ratios = [], [0.0]
        with fixed_threads(THREADS):
            for look in LOOKS:
                if not _shows(look, answered.rungs):
                    continue
                folder = self._folder / "target"
                result = judged(made, executor, answered.rungs, folder, look, entry)
                ratios.append(_ratio(result))
                if result.verdict != "pass":
                    alarms.append(f"{look.name}: {_words(result)}")
        return Variant(
            subject=made.subject.name,
            configuration=configuration.name,
            group=configuration.group,
            answer=_answer(answered.rungs),
            same_bits=_same_bits(made, answered.rungs),
            alarms=tuple(alarms),
            ratio=max(ratios),
        )


def _shows(look: Look, rungs: Rungs) -> bool:
    """Whether what is left of the rungs is anything."""
    recorded = {step for one in rungs.values() for step in one}
    return look.steps is None or bool(look.steps & recorded)


def _words(result: ParityResult) -> str:
    messages = [rung.message for image in result.images for rung in image.rungs if rung.message]
    failures = [f"{failure.image}: {failure.message}" for failure in result.failures]
    return " | ".join([result.sentence, *messages[:1], *failures[:1]])


def _ratio(result: ParityResult) -> float:
    """Of the rungs with an own error; those where nothing is allowed are exact."""
    return max(
        (step.own / step.allowed for step in result.steps if step.own and step.allowed), default=0.0
    )


def _floats(rungs: Rungs) -> Mapping[tuple[str, str], str]:
    return {
        (image, step.name): recorded[step.name].rung.sha256
        for image, recorded in sorted(rungs.items())
        for step in FLOAT_STEPS
        if step.name in recorded
    }


def _answer(rungs: Rungs) -> str:
    return hashlib.sha256(repr(_floats(rungs)).encode()).hexdigest()


def _same_bits(made: Made, rungs: Rungs) -> bool:
    return all(
        made.reference.rungs(image)[step].sha256 == sha256
        for (image, step), sha256 in _floats(rungs).items()
    )
