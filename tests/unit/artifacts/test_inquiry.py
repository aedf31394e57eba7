"""What is recorded of a target that was not asked."""

from __future__ import annotations

from ml_ci.artifacts.inquiry import OF_TARGETS, SyntheticRecord, nothing_asked
from ml_ci.artifacts.model_facts import no_facts

REASON = "it is a dump"


def test_nothing_asked__gives_the_reason_for_each_invariant() -> None:
    invariants = nothing_asked(no_facts("no"), REASON).invariants.invariants
    assert dict.fromkeys(OF_TARGETS, REASON) == {one.name: one.not_asked for one in invariants}


def test_nothing_asked__gives_the_reason_for_everything_else() -> None:
    inquiry = nothing_asked(no_facts("no"), REASON)
    assert (SyntheticRecord(inputs=(), not_asked=REASON), None, REASON) == (
        inquiry.synthetic,
        inquiry.accuracy,
        inquiry.accuracy_not_asked,
    )


def test_nothing_asked__keeps_what_is_known_of_the_model() -> None:
    assert no_facts("no") == nothing_asked(no_facts("no"), REASON).facts
