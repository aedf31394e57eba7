"""Answers held against the usual one: how far apart, which class, like which other image."""

from __future__ import annotations

import pytest

from ml_ci.artifacts.inquiry import Alike, Apart, Like
from ml_ci.inquiry.holding import Holder
from ml_ci.inquiry.way import Answer, NoAnswerError, Rungs
from tests.builders.inquiry import CLASS_NAMES, answer, apart, other_label

A, B = answer(0.75, 0.125, 0.125), answer(0.125, 0.75, 0.125)
"""Every number is one that float32 holds."""
USUAL: dict[str, Answer] = {"a": A, "b": B}


def holder(usual: dict[str, Answer] | None = None) -> Holder:
    given = USUAL if usual is None else usual
    return Holder(usual=given, margins=dict.fromkeys(given, 0.4), class_names=CLASS_NAMES)


def only_apart(*others: Rungs, usual: Rungs = A) -> Apart:
    (found,) = holder({"a": usual}).hold("a", others).apart
    return found


def test_hold__counts_what_is_the_same_to_the_last_bit() -> None:
    held = holder().hold("a", [answer(0.75, 0.125, 0.125), answer(0.75, 0.125, 0.12500003)])

    assert (2, 1) == (held.answers, held.identical)


def test_hold__another_label_is_not_the_same_whatever_the_numbers() -> None:
    assert 0 == holder().hold("a", [answer(0.75, 0.125, 0.125, label="dog")]).identical


def test_hold__measures_the_worst() -> None:
    found = only_apart(
        answer(0.75, 0.125, 0.125), answer(0.5, 0.375, 0.125), answer(0.625, 0.25, 0.125)
    )

    assert apart(0.25, largest=0.75) == found


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(answer(0.7, 0.3), id="other-shape"),
        pytest.param(answer(0.7, float("nan"), 0.1, label="cat"), id="NaN"),
        pytest.param(answer(label="cat"), id="no-numbers"),
    ],
)
def test_hold__cannot_measure(other: Rungs) -> None:
    assert None is only_apart(other, answer(0.75, 0.125, 0.125)).worst


def test_hold__the_same_nan_is_the_same() -> None:
    broken = answer(float("nan"), 0.5, 0.5, label="cat")

    assert (0.0, 0.5) == (
        only_apart(broken, usual=broken).worst,
        only_apart(broken, usual=broken).largest,
    )


def test_hold__measures_every_float_rung() -> None:
    usual = answer(0.75, 0.125, 0.125, logits=[2, 1, 0], resized=[255])
    other = answer(0.75, 0.125, 0.125, logits=[2, 1, 0.5], resized=[250])

    held = holder({"a": usual}).hold("a", [other])

    assert (apart(5.0, step="resized", largest=255), apart(0.5, step="logits", largest=2)) == (
        held.apart[:2]
    )


def test_hold__against_another_base() -> None:
    base = answer(0.1, 0.1, 0.8)

    assert 1 == holder().hold("a", [answer(0.1, 0.1, 0.8)], base).identical


def test_hold__tells_a_class_that_changes_and_how_far_it_is() -> None:
    base = answer(0.5, 0.375, 0.125)

    held = holder().hold("a", [answer(0.25, 0.75, 0), answer(0.25, 0, 0.75), base], base)

    assert other_label(0.375, answers=2, other="eel") == held.other_label


def test_hold__a_class_that_the_model_does_not_have_is_the_furthest() -> None:
    held = holder().hold("a", [answer(0.1, 0.1, 0.8), answer(0.75, 0.125, 0.125, label="tiger")])

    assert other_label(None, answers=2, other="tiger") == held.other_label


def test_hold__labels_alone_go_by_the_reference_s_margin() -> None:
    held = holder({"a": answer(label="cat")}).hold("a", [answer(label="dog")])

    assert ((), other_label(0.4)) == (held.apart, held.other_label)


def test_hold__names_the_image_whose_answer_it_is_like() -> None:
    usual = {**USUAL, "c": answer(0.3, 0.3, 0.4)}

    held = holder(usual).hold("a", [answer(0.75, 0.125, 0.125), answer(0.25, 0.75, 0.125)])

    assert Like(image="b", step="probabilities", apart=0.125) == held.like


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        pytest.param({"a": A}, B, id="no-other-image"),
        pytest.param(
            {"a": answer(label="cat"), "b": answer(label="dog")}, answer(label="dog"), id="labels"
        ),
        pytest.param({"a": A, "b": NoAnswerError("no")}, B, id="unanswered"),
    ],
)
def test_hold__does_not_guess_whose_answer_it_is(usual: dict[str, Answer], other: Rungs) -> None:
    assert None is holder(usual).hold("a", [other]).like


def test_hold__counts_failures_and_keeps_the_first_reason() -> None:
    others: list[Answer] = [NoAnswerError("status 500"), A, NoAnswerError("status 503")]

    held = holder().hold("a", others)

    assert (1, 1, 2, "status 500") == (held.answers, held.identical, held.failures, held.failure)


def test_hold__has_nothing_to_hold_against_when_it_was_never_answered() -> None:
    held = holder({"a": NoAnswerError("first")}).hold("a", [A, NoAnswerError("last")])

    assert (0, 2, "first", (), None) == (
        held.answers,
        held.failures,
        held.failure,
        held.apart,
        held.other_label,
    )


def test_alike__are_images_of_other_classes_with_the_same_numbers() -> None:
    nearly = answer(0.75, 0.125, 0.12500003)
    usual: dict[str, Answer] = {"a": A, "b": A, "c": A, "d": nearly}
    labels = {"a": "cat", "b": "dog", "c": "cat", "d": "dog"}

    found = holder(usual).alike(labels)

    assert (Alike(image="a", other="b"), Alike(image="b", other="c")) == found


@pytest.mark.parametrize(
    "one", [pytest.param(answer(label="cat"), id="labels"), NoAnswerError("no")]
)
def test_alike__needs_numbers(one: Answer) -> None:
    assert () == holder({"a": one, "b": one}).alike({"a": "cat", "b": "dog"})
