"""Leniency: what differs by its hash or number, and closes no gate."""

from __future__ import annotations

import numpy as np
import pytest

from ml_ci.parity.accepted import NOTHING, Accepted
from ml_ci.parity.changes import CHANGES
from ml_ci.parity.checks.leniency import excused_by_ladder, lenient, lenient_noise
from tests.builders.checks import check
from tests.builders.reports import parity
from tests.builders.traces import noise_floor

ONE = np.ones(1)


@pytest.mark.parametrize(
    "accepted",
    [
        Accepted(tolerances={"logits": 0.1}),
        Accepted(largest={"logits": 0.1}),
        Accepted(changes={"logits": CHANGES["float16"]}),
    ],
    ids=["tolerance", "largest", "change"],
)
def test_lenient__what_is_accepted_at_its_step_is_a_note(accepted: Accepted) -> None:
    (found,) = lenient([check("synthetic tensors", step="logits")], accepted)

    assert (
        "note",
        "evidence of synthetic tensors; a difference at logits is accepted in params.yaml",
    ) == (found.outcome, found.evidence)


@pytest.mark.parametrize(
    ("accepted", "changes"),
    [
        (NOTHING, {"name": "synthetic tensors", "step": "logits"}),
        (Accepted(largest={"resized": 1.0}), {"name": "synthetic tensors", "step": "logits"}),
        (Accepted(largest={"logits": 1.0}), {"name": "model file", "step": "logits"}),
        (Accepted(largest={"label": 1.0}), {"name": "class list", "step": "label"}),
        (Accepted(largest={"logits": 1.0}), {"name": "preprocessing", "step": None}),
    ],
    ids=["nothing accepted", "elsewhere", "other weights", "other classes", "no step"],
)
def test_lenient__anything_else_differs(accepted: Accepted, changes: dict[str, str]) -> None:
    assert "differs" == lenient([check(**changes)], accepted)[0].outcome


def test_lenient__what_is_not_known_stays_unknown() -> None:
    accepted = Accepted(largest={"logits": 1.0})

    assert "unknown" == lenient([check(outcome="unknown", step="logits")], accepted)[0].outcome


def test_excused_by_ladder__other_bytes_that_came_to_nothing_are_a_note() -> None:
    (found,) = excused_by_ladder([check("bytes received")], parity("resized"))

    assert ("note", "evidence of bytes received; the ladder blames no image for it") == (
        found.outcome,
        found.evidence,
    )


@pytest.mark.parametrize("step", ["received", "decoded", "image"])
def test_excused_by_ladder__not_where_it_blames_an_image(step: str) -> None:
    assert "differs" == excused_by_ladder([check("pixels")], parity(step))[0].outcome


def test_excused_by_ladder__not_where_nothing_was_compared() -> None:
    nothing = parity(images=0, missing=1)

    assert "differs" == excused_by_ladder([check("bytes received")], nothing)[0].outcome


def test_excused_by_ladder__what_the_reference_read_is_not_the_targets_matter() -> None:
    assert "differs" == excused_by_ladder([check("golden content")], parity())[0].outcome


def test_lenient_noise__without_anything_accepted_is_the_noise_floor() -> None:
    assert noise_floor() == lenient_noise(noise_floor(), NOTHING)


def test_lenient_noise__is_as_wide_as_what_is_accepted() -> None:
    wide = lenient_noise(noise_floor(1e-3), Accepted(largest={"logits": 0.5, "resized": 9.0}))

    assert [0.5, 0.25, 1e-3] == [
        wide.allowed_inherited(step, ONE) for step in ("logits", "probabilities", "tensor")
    ]


def test_lenient_noise__is_never_narrower_than_the_noise_floor() -> None:
    wide = lenient_noise(noise_floor(1e-3), Accepted(tolerances={"logits": 1e-9}))

    assert 1e-3 == wide.allowed_inherited("logits", ONE)
