from __future__ import annotations

from typing import Any

import numpy as np

from ml_ci.parity.diagnosis.labels import remaining
from ml_ci.parity.diagnosis.question import Question
from ml_ci.parity.faults.course import Start
from ml_ci.steps import LABEL, LOGITS
from tests.builders.asking import NOISE, ample, drawn, faults, names_of, softmax
from tests.builders.upper_targets import ours


def left(question: Question, *ids: str, passes: float = 1e6) -> tuple[str, ...]:
    found = remaining(question, faults(*ids), ample(passes=passes))
    return tuple(possible.split(":")[0] for possible in found.possible)


def second(logits: Any) -> list[str]:
    return [ours().class_names[place] for place in np.argsort(logits, axis=1)[:, -2]]


def smallest(logits: Any) -> list[str]:
    return [ours().class_names[place] for place in logits.argmin(axis=1)]


def test_remaining__keeps_what_answers_as_the_target_does() -> None:
    assert ("label-of-second",) == left(drawn(LABEL.name, second), "label-of-second")


def test_remaining__rules_out_what_answers_otherwise() -> None:
    assert () == left(drawn(LABEL.name, smallest), "label-of-second", "temperature")


def test_remaining__several_may_be_left() -> None:
    ids = ("complement", "label-of-smallest")
    assert ids == left(drawn(LABEL.name, smallest), *ids)


def test_remaining__what_changes_no_label_is_kept_where_none_is_changed() -> None:
    right = drawn(LABEL.name, lambda logits: names_of(softmax(logits)))
    assert ("temperature",) == left(right, "temperature", "label-of-second")


def test_remaining__near_ties_say_nothing() -> None:
    """The target answers a tie the other way: noise may do that, so no fault is ruled out by it."""
    logits = np.array([[3, 0, 0, 0, 1], [2, 2 - 1e-8, 0, 0, 0]])
    question = Question(
        reference=ours(),
        noise=NOISE,
        images=["sure.png", "tie.png"],
        start=Start(since=LOGITS.name, stands=logits),
        step=LABEL.name,
        observed=["ant", "bee"],
    )
    assert ("temperature",) == left(question, "temperature")


def test_remaining__a_spent_budget_says_what_was_not_tried() -> None:
    found = remaining(drawn(LABEL.name, second), faults("complement"), ample(passes=0))
    assert "faults from probabilities on" == found.not_tried
