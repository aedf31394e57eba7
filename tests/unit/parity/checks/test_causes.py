"""Causes: one sentence for each pattern of broken invariants."""

from __future__ import annotations

from typing import get_args

import pytest

from ml_ci.artifacts.inquiry import InvariantName
from ml_ci.parity.checks.causes import Pattern, cause_of

NAMES: tuple[InvariantName, ...] = get_args(InvariantName)


def pattern(*differing: InvariantName, mixed_up: bool = False, alike: bool = False) -> Pattern:
    names = frozenset(differing)
    return Pattern(differing=names, mixed_up=names if mixed_up else frozenset(), alike=alike)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("repeated", "something random is left on (dropout in training mode?)"),
        ("order", "something is kept from one request for the next"),
        ("batch", "the answer depends on how many are asked together"),
        ("place", "the answer depends on the place in the batch"),
        (
            "neighbours",
            "the answer depends on the neighbours: batch statistics (batch norm in training mode?)",
        ),
        (
            "concurrent",
            "requests under way at once change each other: a shared buffer, or one batch of them "
            "on batch statistics (batch norm in training mode?)",
        ),
        (
            "fresh process",
            "something is random when the process starts, or kept from earlier requests",
        ),
        ("device", "an operation of the network computes something else there"),
    ],
)
def test_cause__of_one_alone(name: InvariantName, sentence: str) -> None:
    cause = cause_of(name, pattern(name))

    assert ("differs", sentence) == (cause.outcome, cause.sentence)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("repeated", "it got the answer of another image: requests are mixed up"),
        ("order", "it got the answer of an earlier request: a buffer or a cache"),
        ("batch", "it got the answer of another image: the batch is mixed up"),
        ("place", "it got the answer of another image: the batch is mixed up"),
        ("neighbours", "it got the answer of another image: the batch is mixed up"),
        ("concurrent", "it got the answer of another image: requests are mixed up"),
        (
            "fresh process",
            "an image gets the answer of another one: a cache takes one for the other",
        ),
        ("device", "it got the answer of another image"),
    ],
)
def test_cause__of_answers_that_are_those_of_others(name: InvariantName, sentence: str) -> None:
    cause = cause_of(name, pattern(name, mixed_up=True))

    assert ("differs", sentence) == (cause.outcome, cause.sentence)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("repeated", "device")])
@pytest.mark.parametrize("mixed_up", [False, True])
def test_cause__nothing_follows_from_a_side_that_is_random(
    name: InvariantName, mixed_up: bool
) -> None:
    found = Pattern(
        differing=frozenset({"repeated", name}),
        mixed_up=frozenset({name}) if mixed_up else frozenset(),
        alike=False,
    )

    cause = cause_of(name, found)

    expected = "nothing follows, the same request is not answered the same twice either"
    assert ("unknown", expected) == (cause.outcome, cause.sentence)


def test_cause__a_side_that_is_mixed_up_is_not_random() -> None:
    found = pattern("repeated", "order", mixed_up=True)

    assert "differs" == cause_of("order", found).outcome


def test_cause__a_batch_depends_on_its_neighbours() -> None:
    expected = cause_of("neighbours", pattern("neighbours"))

    assert expected == cause_of("batch", pattern("batch", "neighbours"))


def test_cause__another_device_is_another_matter_than_chance() -> None:
    assert "differs" == cause_of("device", pattern("repeated", "device")).outcome


def test_cause__a_fresh_process_of_a_side_that_takes_images_for_others() -> None:
    expected = cause_of("fresh process", pattern("fresh process", mixed_up=True))

    assert expected == cause_of("fresh process", pattern("fresh process", alike=True))
