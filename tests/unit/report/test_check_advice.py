"""What to do about checks that differ."""

from __future__ import annotations

import pytest

from ml_ci.artifacts.inquiry import InvariantName
from ml_ci.parity.check import Topic
from ml_ci.parity.checks.invariants import ALIKE, NAMES
from ml_ci.parity.conclusion import conclude
from ml_ci.report.advice import advice
from ml_ci.report.check_advice import check_advice, reference_advice
from tests.builders.checks import check
from tests.builders.reports import parity, report

OWN = check("the same request again", topic="invariants")


def test_check_advice__is_given_once_for_all_that_ask_for_it() -> None:
    names = ("alone and in a batch", "other neighbours in the batch", "class list")

    assert [
        "**alone and in a batch, other neighbours in the batch**: put the network in evaluation "
        "mode on the server (`model.eval()`), so that neither dropout nor the other images of a "
        "batch take part in an answer.",
        "**class list**: give the server the class names of this model, in their order.",
    ] == check_advice([check(name) for name in names])


@pytest.mark.parametrize("name", [*NAMES.values(), ALIKE])
def test_check_advice__knows_every_invariant_by_its_name(name: str) -> None:
    other = check_advice([check("nobody knows it", topic="accuracy")])[0].partition(": ")[2]

    assert other != check_advice([check(name, topic="accuracy")])[0].partition(": ")[2]


@pytest.mark.parametrize("topic", Topic.__args__)  # type: ignore[attr-defined]
def test_check_advice__has_something_for_every_topic(topic: Topic) -> None:
    assert check_advice([check("nobody knows it", topic=topic)])[0].startswith(
        "**nobody knows it**: "
    )


def test_check_advice__a_name_cannot_steer_the_comment() -> None:
    (sentence,) = check_advice([check("@all <b>", topic="weights")])

    assert sentence.startswith("**@\u200ball &lt;b>**: ")


def test_reference_advice__names_what_it_fails_and_no_server() -> None:
    sentence = reference_advice(OWN)

    assert (True, False) == (
        sentence.startswith(
            "Repair the reference first, **the same request again**: put the network in "
            "evaluation mode (`model.eval()`)"
        ),
        "server" in sentence,
    )


def test_advice__where_checks_alone_differ() -> None:
    target = conclude(parity(), [check("class list", step="label")])

    (sentence,) = advice(report(parity=(target,)))

    assert sentence.startswith("**class list**: give the server")


def test_advice__where_the_ladder_and_an_invariant_differ() -> None:
    checks = [OWN, check("class list"), check("recompressed", topic="transit")]
    target = conclude(parity("logits"), checks)

    ladder, beside = advice(report(parity=(target,)))

    assert (True, True) == (
        ladder.startswith("At **logits**: "),
        beside.startswith("**the same request again**: "),
    )


def test_advice__names_what_became_of_the_bytes() -> None:
    checks = [check(name, topic="transit") for name in ("recompressed", "size")]

    (sentence,) = advice(report(parity=(conclude(parity("received"), checks),)))

    assert "something on the way changes them (recompressed, size). Look at" in sentence


def test_advice__of_a_reference_that_fails_its_own_is_about_nothing_else() -> None:
    targets = tuple(
        conclude(parity(*steps, target=name), [check("class list")], reference=[OWN])
        for name, steps in (("server", ("resized",)), ("onnx", ()))
    )

    (sentence,) = advice(report(parity=targets, reference=(OWN,)))

    assert sentence.startswith("Repair the reference first, ")


def test_advice__of_a_reference_whose_checks_are_not_told() -> None:
    target = conclude(parity(), [], reference=[OWN])

    assert (
        "Repair the reference first: until it is, nothing says anything about any target.",
    ) == advice(report(parity=(target,)))


def test_names__are_those_of_every_invariant() -> None:
    assert set(InvariantName.__args__) == set(NAMES)  # type: ignore[attr-defined]
