from __future__ import annotations

from ml_ci.parity.diagnosis.closeness import Close
from ml_ci.parity.diagnosis.telling import telling


def close(*residuals: float, allowed: float = 1.0) -> Close:
    return Close(
        residuals=residuals,
        allowed=(allowed,) * len(residuals),
        left=1.0,
        right=tuple(residual <= allowed for residual in residuals),
    )


def test_telling__those_furthest_off_come_first() -> None:
    assert (2, 0, 1) == telling(close(5, 3, 9), ["", "", ""])


def test_telling__one_of_each_kind_before_a_second_of_any() -> None:
    assert (0, 2, 1) == telling(close(9, 8, 3), ["PNG", "PNG", "JPEG"])


def test_telling__one_that_agrees_is_among_them() -> None:
    assert (1, 3, 0) == telling(close(0.5, 9, 0.2, 8), ["", "", "", ""])


def test_telling__one_that_agrees_keeps_its_place_among_few() -> None:
    assert (3, 2, 0) == telling(close(0, 2, 3, 4), [""] * 4, few=3)


def test_telling__no_more_than_few() -> None:
    assert 6 == len(telling(close(*range(2, 20)), [""] * 18))


def test_telling__shares_of_exact_rungs_are_ranked_as_they_are() -> None:
    assert (1, 0, 2) == telling(close(0.2, 0.7, 0.0, allowed=0.0), ["", "", ""])
