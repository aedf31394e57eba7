"""Questions: what every target is asked besides the golden set, the same of all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ml_ci.artifacts.inquiry import (
    AccuracyRecord,
    Inquiry,
    Invariant,
    InvariantName,
    SyntheticRecord,
    synthetic_not_asked,
)
from ml_ci.artifacts.model_facts import ModelFacts
from ml_ci.inquiry.choice import Chosen
from ml_ci.inquiry.examination import Examination
from ml_ci.inquiry.kept_answers import SyntheticAnswers
from ml_ci.inquiry.way import Answer, CountedWay, Way
from ml_ci.noise import NoiseFloor
from ml_ci.params.replay import ReplaySettings
from ml_ci.progress import counted
from ml_ci.rung import Array
from ml_ci.targets.labelled import LabelledPicture, LabelledSet, sample
from ml_ci.targets.requests import Picture
from ml_ci.targets.served_accuracy import ServedTest, TensorOf
from ml_ci.targets.synthetic import NO_WAY, ask_synthetic

NO_SAMPLE = "replay.accuracy.sample in params.yaml is 0"
FRESH: InvariantName = "fresh process"


@dataclass(frozen=True, kw_only=True)
class Side:
    """One target, as it is asked."""

    name: str
    facts: ModelFacts
    pictures: Way[Picture]
    tensors: Way[Array] | None
    """None for one that takes none."""
    tensor_of: TensorOf
    """What is sent to one whose `pictures` are tensors."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What came of it, and the usual answers for whoever asks a fresh process."""

    inquiry: Inquiry
    usual: Mapping[str, Answer]

    def including(self, fresh: Invariant) -> Inquiry:
        """With what a fresh process answered."""
        invariants = self.inquiry.invariants.including(fresh)
        return self.inquiry.model_copy(update={"invariants": invariants})


@dataclass(frozen=True, kw_only=True)
class Questions:
    """All of them."""

    settings: ReplaySettings
    class_names: tuple[str, ...]
    """In the order of the numbers that are answered."""
    chosen: Sequence[Chosen[Picture]]
    """Golden images."""
    synthetic: SyntheticAnswers
    noise: NoiseFloor
    test: LabelledSet

    async def ask(self, side: Side) -> Asked:
        """Ask everything; what is not answered is told in the record.

        Many at once come last: what they may break is then known already.
        """
        images = self._sample()
        examination = self.examination(side.pictures)
        tensors = 0 if side.tensors is None else len(self.synthetic.tensors)
        total = tensors + len(images) + examination.requests
        with counted(total, f"asking {side.name}") as advance:
            synthetic = await self._ask_tensors(side, advance)
            accuracy = await self._ask_test(side, images, advance) if images else None
            examined = await self.examination(CountedWay(side.pictures, advance)).run()
        inquiry = Inquiry(
            facts=side.facts,
            invariants=examined.record,
            synthetic=synthetic,
            accuracy=accuracy,
            accuracy_not_asked="" if images else NO_SAMPLE,
        )
        return Asked(inquiry=inquiry, usual=examined.usual)

    def examination(self, way: Way[Picture]) -> Examination[Picture]:
        """Of the side behind ``way``."""
        return Examination(
            way=way,
            chosen=self.chosen,
            class_names=self.class_names,
            repeats=self.settings.invariants.repeats,
            concurrency=self.settings.invariants.concurrency,
        )

    def _sample(self) -> tuple[LabelledPicture, ...]:
        return sample(self.test.images, self.settings.accuracy.sample)

    async def _ask_tensors(self, side: Side, advance: Callable[[], None]) -> SyntheticRecord:
        if side.tensors is None:
            return synthetic_not_asked(NO_WAY)
        return await ask_synthetic(
            CountedWay(side.tensors, advance),
            self.synthetic.tensors,
            self.synthetic.answers,
            self.noise,
            self.class_names,
        )

    async def _ask_test(
        self, side: Side, images: Sequence[LabelledPicture], advance: Callable[[], None]
    ) -> AccuracyRecord:
        test = ServedTest(
            way=CountedWay(side.pictures, advance),
            script=self.test.script,
            rounded_by=self.test.rounded_by,
            class_names=self.class_names,
            tensor_of=side.tensor_of,
            concurrency=self.settings.concurrency,
        )
        return await test.run(images, whole=len(self.test.images))
