"""The reference's own invariants: a right ladder keeps them, a broken network is the finding."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import pytest
import torch

from ml_ci.artifacts.inquiry import InvariantsRecord
from ml_ci.inquiry.choice import Chosen
from ml_ci.model.images import Image
from ml_ci.model.invariants import device_invariant, reference_invariants
from ml_ci.parity.check import Check
from ml_ci.parity.checks.invariants import (
    ALIKE,
    NAMES,
    excused,
    invariant_checks,
    reference_failure,
)
from ml_ci.steps import IMAGE, LABEL
from tests.builders.broken_networks import broken_ladder
from tests.builders.model import noisy
from tests.builders.traces import noise_floor

CPU = torch.device("cpu")


def chosen() -> list[Chosen[Image]]:
    """Pictures of several sizes."""
    images = {f"{seed}.png": noisy(9 + seed, 12, seed) for seed in range(5)}
    ladder = broken_ladder("nothing")
    labels = {name: ladder.run(IMAGE.name, image[None]) for name, image in images.items()}
    return [
        Chosen(name=name, picture=image, label=str(labels[name][LABEL.name][0]), margin=0.5)
        for name, image in images.items()
    ]


@cache
def record(kind: str) -> InvariantsRecord:
    return reference_invariants(
        broken_ladder(kind),
        partial(broken_ladder, kind),
        chosen(),
        threads=1,
        device=CPU,
        repeats=3,
    )


def checks(kind: str) -> dict[str, Check]:
    found = invariant_checks(record(kind), noise_floor())
    return {check.name: check for check in found}


def differing(found: dict[str, Check]) -> list[str]:
    return [name for name, check in found.items() if check.outcome == "differs"]


def test_reference__that_is_right_keeps_its_own() -> None:
    found = checks("nothing")

    names = ("repeated", "order", "batch", "place", "neighbours", "fresh process")
    assert [*(NAMES[name] for name in names), ALIKE] == list(found)  # type: ignore[index]
    assert {"agrees"} == {check.outcome for check in found.values()}


def test_reference__with_functional_dropout_is_random() -> None:
    found = checks("functional dropout")

    assert [NAMES["repeated"]] == differing(found)
    sentence = reference_failure(list(found.values()))
    assert sentence is not None
    assert sentence.startswith(
        "the reference itself is not to be relied on (the same request again): "
        "5 of 5 images are answered otherwise when asked again, by up to "
    )
    assert sentence.endswith("something random is left on (dropout in training mode?)")


def test_reference__without_running_statistics_depends_on_neighbours() -> None:
    found = checks("batch statistics")

    assert [NAMES["batch"], NAMES["neighbours"]] == differing(found)
    assert "batch norm in training mode?" in found[NAMES["neighbours"]].evidence


def test_reference__that_remembers_is_not_repeatable() -> None:
    assert NAMES["repeated"] in differing(checks("remembers"))


def test_reference__with_weights_by_chance_is_another_in_a_fresh_process() -> None:
    found = checks("unseeded")

    assert [NAMES["fresh process"]] == differing(found)
    expected = "something is random when the process starts, or kept from earlier requests"
    assert found[NAMES["fresh process"]].evidence.endswith(expected)


def test_reference__that_takes_no_batch_is_told_and_does_not_stop_the_rest() -> None:
    found = checks("baked batch")

    unknown = [name for name, check in found.items() if check.outcome == "unknown"]
    assert [NAMES["batch"], NAMES["place"], NAMES["neighbours"]] == unknown
    assert "5 of 5 questions were not answered, 0.png: the ladder refuses: " in (
        found[NAMES["batch"]].evidence
    )


def test_target__is_not_to_blame_for_what_the_reference_fails() -> None:
    reference = list(checks("batch statistics").values())

    found = {check.name: check.outcome for check in excused(reference, reference)}

    assert ("unknown", "agrees") == (found[NAMES["neighbours"]], found[NAMES["repeated"]])


def test_device__agrees_with_itself_on_every_float_rung() -> None:
    found = device_invariant(broken_ladder("nothing"), chosen(), CPU)

    assert "device" == found.name
    assert [(1, 1)] * 5 == [(one.answers, one.identical) for one in found.held]
    assert ["resized", "tensor", "logits", "probabilities"] == [
        apart.step for apart in found.held[0].apart
    ]


def test_device__that_computes_something_else_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    ladder = broken_ladder("moving")
    network = type(ladder.classifier.network)
    monkeypatch.setattr(network, "moves", True)  # the first device asked is the CPU

    found = device_invariant(ladder, chosen(), CPU)

    logits = [one.apart[2].worst for one in found.held]
    assert [pytest.approx(0.2, abs=1e-5)] * 5 == logits
    record = InvariantsRecord(
        images=("0.png", "1.png"), repeats=1, concurrency=1, invariants=(found,), alike=()
    )
    check = invariant_checks(record, noise_floor())[0]
    assert ("differs", "CPU and accelerator") == (check.outcome, check.name)
    assert check.evidence.endswith("an operation of the network computes something else there")


def test_device__that_cannot_compute_is_told() -> None:
    """`meta` has shapes and no numbers: torch refuses to copy from it."""
    found = device_invariant(broken_ladder("nothing"), chosen(), torch.device("meta"))

    assert {(0, 1)} == {(one.answers, one.failures) for one in found.held}
    assert found.held[0].failure.startswith("meta refuses: ")


def test_record__asks_about_the_pictures_given() -> None:
    found = record("nothing")

    assert ("0.png", "1.png", "2.png", "3.png", "4.png") == found.images
    assert np.all([one.not_asked == "" for one in found.invariants])
