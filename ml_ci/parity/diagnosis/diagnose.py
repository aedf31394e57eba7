"""Diagnosing: from what differs to what is wrong, what to do about it, and what it costs.

Every step that differs is a question of its own, so several faults are each found. Nothing is named
that leaves more than noise: what comes near is called the best partial explanation, and where
nothing does, the shape of the difference is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ml_ci.parity.diagnosis.budget import Budget
from ml_ci.parity.diagnosis.cost import CostCounter
from ml_ci.parity.diagnosis.finding import (
    Cost,
    Diagnosis,
    Finding,
    Known,
    Remedied,
    Shape,
)
from ml_ci.parity.diagnosis.gathering import Gathered, gather
from ml_ci.parity.diagnosis.labels import remaining
from ml_ci.parity.diagnosis.question import Question
from ml_ci.parity.diagnosis.search import Candidate, Found, Search, Track
from ml_ci.parity.diagnosis.shape import shape_of
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.course import NAMES
from ml_ci.parity.faults.fault import Fault, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.result import ParityResult
from ml_ci.parity.sides import Sides
from ml_ci.steps import LABEL

PASSES = 60.0
"""Through the network, of the golden set, that the diagnosis of one target may take."""
_PARTLY = 0.5  # of the difference, from which on a partial explanation is worth telling
_EQUIVALENT = 20  # others that are named


@dataclass(frozen=True, kw_only=True)
class Diagnosing:
    """Everything targets are diagnosed with."""

    reference: Reference
    catalogue: Sequence[Fault]
    seconds: float
    """For each target."""
    kinds_of: Callable[[str], Sequence[str]]
    """What is special about an image's file: see ``shape_of``."""
    costs: CostCounter | None = None
    passes: float = PASSES
    track: Track = iter

    def diagnose(self, sides: Sides, result: ParityResult) -> Diagnosis:
        """Why the target of ``result`` differs; nothing is looked for where it does not."""
        questions = list(gather(sides, result, self.reference))
        budget = Budget(images=result.golden, passes=self.passes, seconds=self.seconds)
        answers = [self._answer(one, budget, len(questions)) for one in questions]
        findings = [finding for answer in answers for finding in answer.findings]
        first = result.first_step
        explained = any(one.whole for one in (answers[0].findings if answers else ()))
        possible = [cause for answer in answers for cause in answer.possible]
        verdict = result.verdict
        if verdict == "differs" and questions and not explained and not possible:
            verdict = "unexplained"
        return Diagnosis(
            verdict=verdict,
            first_step=first,
            findings=tuple(findings),
            possible=tuple(possible),
            shapes=tuple(answer.shape for answer in answers if answer.shape is not None),
            not_tried="; ".join(answer.not_tried for answer in answers if answer.not_tried),
            passes=budget.passes_spent,
            seconds=budget.seconds_spent,
        )

    def _answer(self, gathered: Gathered, budget: Budget, questions: int) -> _Answer:
        question = gathered.question
        if question is None:
            return _Answer(not_tried=f"{gathered.step}: {gathered.reason}")
        share = budget.share(1 / questions)
        kinds = [" ".join(self.kinds_of(image)) for image in question.images]
        try:
            if question.step == LABEL.name and not question.is_one_step:
                left = remaining(question, self.catalogue, share, self.track)
                return _Answer(possible=left.possible, not_tried=left.not_tried)
            found = Search(question, self.catalogue, share, kinds, self.track).run()
        except StepError as error:
            return _Answer(not_tried=f"{gathered.step}: {error}")
        findings = self._findings(question, found)
        whole = bool(findings) and findings[0].whole
        return _Answer(
            findings=findings,
            shape=None if whole else self._shape(question),
            not_tried="" if whole else found.not_tried,
        )

    def _findings(self, question: Question, found: Found) -> tuple[Finding, ...]:
        best = found.whole[0] if found.whole else next(iter(found.candidates), None)
        if best is None or not (best.whole or best.share >= _PARTLY):
            return ()
        titles = {fault.id: fault.title for fault in self.catalogue}
        cost = self.costs.cost_of(best.variants) if self.costs is not None else None
        known: Known = "trace" if question.is_one_step else "answers"
        return tuple(
            _finding(best, variant, titles[variant.fault], found, known, cost)
            for variant in sorted(best.variants, key=lambda one: NAMES.index(one.step))
        )

    def _shape(self, question: Question) -> Shape | None:
        try:
            return shape_of(question, self.kinds_of)
        except (StepError, ValueError):
            return None


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """To one question."""

    findings: tuple[Finding, ...] = ()
    possible: tuple[str, ...] = ()
    shape: Shape | None = None
    not_tried: str = ""


def _finding(
    best: Candidate,
    variant: Variant,
    title: str,
    found: Found,
    known: Known,
    cost: Cost | None,
) -> Finding:
    close = best.close
    worst = close.worst
    residual = close.residuals[worst] if close.residuals else None
    return Finding(
        step=variant.step,
        fault=variant.fault,
        title=title,
        said=variant.said,
        parameters=dict(variant.parameters),
        known=known,
        explained=best.share,
        residual=None if residual is None or residual == float("inf") else residual,
        allowed=close.allowed[worst] if close.allowed else None,
        images=sum(close.right),
        of=len(close.right),
        whole=best.whole,
        together=tuple(one.said for one in best.variants if one is not variant),
        equivalent=_equivalent(best, found) if best.whole else (),
        remedy=Remedied(server=variant.remedy.server, script=variant.remedy.script),
        cost=cost,
    )


def _equivalent(best: Candidate, found: Found) -> tuple[str, ...]:
    """Other faults, each once, that leave no more than noise either."""
    ours = tuple(variant.fault for variant in best.variants)
    named: dict[tuple[str, ...], str] = {}
    for one in found.whole:
        ids = tuple(variant.fault for variant in one.variants)
        if ids != ours and len(ids) == len(ours):
            said = " and ".join(f"{variant.fault}: {variant.said}" for variant in one.variants)
            named.setdefault(ids, said)
    return tuple(named.values())[:_EQUIVALENT]
