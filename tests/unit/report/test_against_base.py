"""The gate's condition about the base: chance, what may be lost, and whose doing it is."""

from __future__ import annotations

from typing import Literal

import pytest

from ml_ci.params.gate import GateSettings
from ml_ci.report.against_base import base_checks
from ml_ci.report.schema import Outcome
from tests.builders.changes import answered, changes

WORSE = "0 of 100 test images fixed, 9 broken: worse, by more than chance (p = 0.0039)"


def settings(worse: Literal["warn", "fail"] = "fail", smallest_loss: float = 0.0) -> GateSettings:
    return GateSettings(fresh_lock="warn", worse_than_base=worse, smallest_loss=smallest_loss)


@pytest.mark.parametrize(
    ("counts", "expected", "setting", "outcome"),
    [
        pytest.param({"broken": 9}, False, "fail", "fail", id="worse"),
        pytest.param({"broken": 9}, False, "warn", "warn", id="only-warned"),
        pytest.param({"broken": 9}, True, "fail", "warn", id="other-processor"),
        pytest.param({"broken": 2, "fixed": 1}, False, "fail", "pass", id="chance"),
        pytest.param({"fixed": 9}, False, "fail", "pass", id="better"),
    ],
)
def test_base_checks__fails_what_is_worse_by_more_than_chance(
    counts: dict[str, int], expected: bool, setting: Literal["warn", "fail"], outcome: Outcome
) -> None:
    section = changes(*answered(91, **counts), expected=expected)

    (check,) = base_checks(section, settings(setting))

    assert outcome == check.outcome


@pytest.mark.parametrize(
    ("smallest_loss", "outcome"),
    [
        pytest.param(0.0, "fail", id="any"),
        pytest.param(0.089, "fail", id="more-than-that"),
        pytest.param(0.09, "pass", id="exactly-that"),
        pytest.param(0.5, "pass", id="less-than-that"),
    ],
)
def test_base_checks__fails_a_loss_beyond_the_smallest_that_counts(
    smallest_loss: float, outcome: Outcome
) -> None:
    section = changes(*answered(91, broken=9))

    (check,) = base_checks(section, settings("fail", smallest_loss))

    assert outcome == check.outcome


def test_base_checks__of_a_large_test_set_lets_a_hundredth_of_a_point_go() -> None:
    """22 of 100 000 images: far beyond chance, and nothing anybody would notice."""
    test = changes().paired
    assert test is not None
    large = test.model_copy(
        update={"images": 100_000, "fixed": 6, "broken": 28, "p_value": 0.0002, "verdict": "worse"}
    )

    (check,) = base_checks(changes(paired=large), settings("fail", 0.001))

    assert "pass" == check.outcome


@pytest.mark.parametrize(
    ("given", "expected", "sentence"),
    [
        pytest.param(settings(), False, WORSE, id="fail"),
        pytest.param(settings("warn"), False, f"only a warning: {WORSE}", id="warn"),
        pytest.param(
            settings(),
            True,
            f"only a warning: {WORSE}; trained again from the same inputs, so this is nobody's "
            "doing",
            id="other-processor",
        ),
        pytest.param(
            settings("fail", 0.1),
            False,
            f"{WORSE}; 0.0900 of accuracy lost, no more than `gate.smallest_loss` (0.1)",
            id="let-go",
        ),
    ],
)
def test_base_checks__sentence(given: GateSettings, expected: bool, sentence: str) -> None:
    (check,) = base_checks(changes(*answered(91, broken=9), expected=expected), given)

    assert sentence == check.sentence


def test_base_checks__are_none_without_a_base() -> None:
    assert () == base_checks(changes(paired=None), settings())
