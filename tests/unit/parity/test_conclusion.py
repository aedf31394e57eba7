"""The conclusion: what the checks beside the ladder make of its verdict."""

from __future__ import annotations

import pytest

from ml_ci.parity.conclusion import conclude
from tests.builders.checks import accuracy, check
from tests.builders.reports import parity

AGREE = "training and serving agree on 3 of 3 images, compared on every rung"


def test_conclude__nothing_to_add_leaves_the_ladder_as_it_is() -> None:
    checks = (check(outcome="agrees"), check("libjpeg", "note"))

    result = conclude(parity(), checks)

    assert ("pass", AGREE, None, checks) == (
        result.verdict,
        result.sentence,
        result.first_step,
        result.checks,
    )


@pytest.mark.parametrize(
    ("count", "told"),
    [(1, "1 check could not be made"), (2, "2 checks could not be made")],
    ids=["one", "two"],
)
def test_conclude__what_is_not_known_is_told_in_a_pass(count: int, told: str) -> None:
    result = conclude(parity(), [check(outcome="unknown")] * count)

    assert ("pass", f"{AGREE}; {told}") == (result.verdict, result.sentence)


def test_conclude__what_is_not_known_changes_no_other_verdict() -> None:
    ladder = parity("resized")

    assert ladder.sentence == conclude(ladder, [check(outcome="unknown")]).sentence


def test_conclude__a_check_that_differs_is_never_a_pass() -> None:
    result = conclude(parity(), [check(step="label")])

    assert (
        "differs",
        "label",
        (),
        f"class list differs: evidence of class list, although {AGREE}",
    ) == (result.verdict, result.first_step, result.faulty, result.sentence)


def test_conclude__several_that_differ_are_counted_and_the_lowest_step_is_named() -> None:
    checks = [check(step="label"), check("weights", step="logits"), check("repeated")]

    result = conclude(parity(), checks)

    assert "logits" == result.first_step
    assert result.sentence.startswith(
        "class list differs (and 2 more checks): evidence of class list, although"
    )


def test_conclude__a_check_that_tells_of_no_step_names_none() -> None:
    assert None is conclude(parity(), [check("repeated", topic="invariants")]).first_step


def test_conclude__a_cause_is_told_before_the_symptom() -> None:
    symptom = check("accuracy through the server", topic="accuracy")

    result = conclude(parity(), [symptom, check("repeated", topic="invariants")])

    assert result.sentence.startswith("repeated differs (and 1 more check): ")


def test_conclude__accuracy_alone_differs() -> None:
    symptom = check("accuracy through the server", topic="accuracy")

    result = conclude(parity(), [symptom])

    assert ("differs", None) == (result.verdict, result.first_step)


def test_conclude__the_ladder_goes_first_where_it_blames_a_step() -> None:
    ladder = parity("resized")

    result = conclude(ladder, [check(step="received"), check("repeated")])

    assert ("differs", "resized", ("resized",)) == (
        result.verdict,
        result.first_step,
        result.faulty,
    )
    assert f"{ladder.sentence}; what differs as well: class list, repeated" == result.sentence


def test_conclude__an_incomplete_comparison_with_a_difference_differs() -> None:
    result = conclude(parity(missing=2), [check()])

    assert (
        "differs",
        "class list differs: evidence of class list; only 3 of 5 images could be compared",
    ) == (result.verdict, result.sentence)


def test_conclude__what_no_step_explains_is_explained_by_a_cause() -> None:
    ladder = parity().model_copy(update={"verdict": "unexplained", "first_step": "logits"})

    result = conclude(ladder, [check("weights", step="logits")])

    assert ("differs", "logits") == (result.verdict, result.first_step)


def test_conclude__a_symptom_explains_nothing() -> None:
    ladder = parity().model_copy(update={"verdict": "unexplained", "first_step": "logits"})
    symptom = check("accuracy through the server", topic="accuracy")

    result = conclude(ladder, [symptom])

    assert ("unexplained", "logits") == (result.verdict, result.first_step)
    assert result.sentence.endswith("; what differs as well: accuracy through the server")


@pytest.mark.parametrize("steps", [(), ("resized",)], ids=["agrees", "differs"])
def test_conclude__a_reference_that_fails_its_own_is_the_finding(steps: tuple[str, ...]) -> None:
    own = [check("repeated", topic="invariants")]

    result = conclude(parity(*steps), [check(step="label")], reference=own)

    failure = "the reference itself is not to be relied on (repeated): evidence of repeated"
    assert ("differs", None, (), failure) == (
        result.verdict,
        result.first_step,
        result.faulty,
        result.reference_failure,
    )
    assert f"{failure}; until it is, nothing here is any target's fault" == result.sentence


def test_conclude__a_sound_reference_is_not_mentioned() -> None:
    result = conclude(parity(), [], reference=[check(outcome="agrees"), check(outcome="unknown")])

    assert ("pass", "") == (result.verdict, result.reference_failure)


def test_conclude__keeps_the_accuracy() -> None:
    record = accuracy(served=0.9)

    assert record == conclude(parity(), [], accuracy=record).accuracy


def test_conclude__a_long_sentence_is_cut() -> None:
    long = check(evidence="x" * 1999)

    assert 2000 == len(conclude(parity(), [long]).sentence)


def test_conclude__what_an_environment_does_not_tell_is_not_counted() -> None:
    silent = check("environment", "unknown", topic="environment")

    assert AGREE == conclude(parity(), [silent]).sentence
