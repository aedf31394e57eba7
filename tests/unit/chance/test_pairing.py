"""Pairing: what the exact test says, which flips are listed."""

from __future__ import annotations

import pytest

from ml_ci.artifacts.paired import LISTED
from ml_ci.chance.pairing import flips, mcnemar
from ml_ci.changes.pairing import pairs_of
from tests.builders.changes import answered, prediction, side


@pytest.mark.parametrize(
    ("fixed", "broken", "expected"),
    [
        pytest.param(0, 0, 1.0, id="nothing"),
        pytest.param(2, 1, 1.0, id="chance"),
        pytest.param(5, 1, 0.21875, id="few"),
        pytest.param(1, 8, 0.0390625, id="worse"),
        pytest.param(30, 12, 0.007915897334896727, id="better"),
    ],
)
def test_mcnemar__is_the_exact_test(fixed: int, broken: int, expected: float) -> None:
    """Figures of statsmodels 0.15.0, `mcnemar([[50, broken], [fixed, 7]], exact=True)`."""
    assert expected == pytest.approx(mcnemar(fixed, broken), rel=1e-12)


def test_flips__name_both_answers() -> None:
    before = side(prediction("cat/1.png", "cat", "dog", 0.6))
    after = side(prediction("cat/1.png", "cat", "cat", 0.8))

    (flip,) = flips(pairs_of(before, after))

    assert ("fixed", "cat/1.png", "cat", "dog", "cat", 0.6, 0.8) == (
        flip.kind,
        flip.image,
        flip.label,
        flip.before,
        flip.after,
        flip.before_confidence,
        flip.after_confidence,
    )


def test_flips__are_broken_first_then_the_most_confident() -> None:
    rows = {"a": ("cat", "dog", 0.6), "b": ("cat", "dog", 0.9), "c": ("dog", "cat", 0.99)}
    rows |= {"d": ("dog", "eel", 0.95)}
    before = side(*(prediction(name, "cat", old) for name, (old, _, _) in rows.items()))
    after = side(*(prediction(name, "cat", new, sure) for name, (_, new, sure) in rows.items()))

    listed = [flip.image for flip in flips(pairs_of(before, after))]

    assert ["b", "a", "c", "d"] == listed


def test_flips__are_bounded() -> None:
    before, after = answered(0, broken=LISTED + 1)

    assert LISTED == len(flips(pairs_of(before, after)))
