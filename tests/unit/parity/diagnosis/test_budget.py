from __future__ import annotations

import pytest

from ml_ci.parity.diagnosis.budget import Budget
from ml_ci.parity.faults.course import Course
from ml_ci.steps import LOGITS, RESIZED
from tests.builders.asking import SCENES, asked


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def budget(clock: Clock | None = None) -> Budget:
    return Budget(images=len(SCENES), passes=2.0, seconds=10.0, clock=clock or Clock())


def course() -> Course:
    return asked(RESIZED.name).course(exact=False)


def test_budget__nothing_is_spent_at_first() -> None:
    fresh = budget()
    assert (0.0, 0.0, False) == (fresh.passes_spent, fresh.seconds_spent, fresh.is_spent)


def test_budget__a_climb_through_the_network_is_a_pass() -> None:
    counted = budget()
    counted.counting(course()).run(LOGITS.name)
    assert 1.0 == counted.passes_spent


def test_budget__a_climb_below_the_network_costs_no_pass() -> None:
    counted = budget()
    counted.counting(course()).run(RESIZED.name)
    assert 0.0 == counted.passes_spent


def test_budget__what_is_remembered_is_not_paid_again() -> None:
    counted = budget()
    climbing = counted.counting(course())
    climbing.run(LOGITS.name)
    climbing.run(LOGITS.name)
    assert 1.0 == counted.passes_spent


def test_budget__is_spent_by_passes() -> None:
    counted = budget()
    for _ in range(2):
        assert not counted.is_spent
        counted.counting(course()).run(LOGITS.name)
    assert counted.is_spent


@pytest.mark.parametrize(("after", "spent"), [(9.9, False), (10.0, True)])
def test_budget__is_spent_by_seconds(after: float, spent: bool) -> None:
    clock = Clock()
    timed = budget(clock)
    clock.now += after
    assert spent == timed.is_spent


def test_share__is_a_part_of_both() -> None:
    share = budget().share(0.5)
    assert (1.0, 5.0) == (share.passes, share.seconds)


def test_share__its_seconds_begin_with_it() -> None:
    clock = Clock()
    whole = budget(clock)
    clock.now += 7
    assert (0.0, 7.0) == (whole.share(0.5).seconds_spent, whole.seconds_spent)


def test_share__what_it_spends_counts_for_the_whole() -> None:
    whole = budget()
    share = whole.share(0.5)
    share.counting(course()).run(LOGITS.name)
    assert share.is_spent
    assert (1.0, False) == (whole.passes_spent, whole.is_spent)
