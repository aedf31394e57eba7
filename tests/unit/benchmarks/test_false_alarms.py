"""The study of false alarms: what counts as one observation, and how sure that makes anyone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.false_alarms.configurations import CONFIGURATIONS
from benchmarks.false_alarms.counting import Variant, distinct, interval, power_table, table
from benchmarks.false_alarms.pictures import Sent, as_png, spread
from benchmarks.false_alarms.power import Noticed
from ml_ci.data.decode import read_image
from tests.builders.images import RULE


def variant(**changes: Any) -> Variant:
    values: dict[str, Any] = {
        "subject": "net",
        "configuration": "2 threads",
        "group": "threads",
        "answer": "a",
        "same_bits": False,
        "alarms": (),
        "ratio": 0.5,
    }
    return Variant(**(values | changes))


def noticed(scale: int) -> Noticed:
    rounded = {"float16": True, "bfloat16": scale > 10}
    return Noticed(
        step="logits", scale=scale, scale_outside=0, rounded=rounded, rounded_outside=rounded
    )


@pytest.mark.parametrize(
    ("alarms", "variants", "expected"),
    [
        pytest.param(0, 240, "0–1.5 %", id="none: about three in so many"),
        pytest.param(3, 10, "6.7–65 %", id="some"),
        pytest.param(0, 0, "–", id="nothing"),
    ],
)
def test_interval__is_exact(alarms: int, variants: int, expected: str) -> None:
    assert expected == interval(alarms, variants)


def test_distinct__leaves_out_the_reference_s_own_bits() -> None:
    assert [] == distinct([variant(same_bits=True)])


def test_distinct__takes_the_same_answer_of_a_network_once() -> None:
    other = variant(subject="other")
    assert [variant(), other] == distinct([variant(), variant(configuration="4 threads"), other])


def test_distinct__keeps_the_alarm() -> None:
    alarm = variant(alarms=("they part",))
    assert [alarm] == distinct([variant(), alarm, variant()])


def test_table__counts_each_group_and_all() -> None:
    variants = [variant(alarms=("they part",), ratio=2.0), variant(group="sets", same_bits=True)]
    assert table(variants) == [
        ("threads", "1", "1", "1", "1", "2.5–100 %", "2.00"),
        ("sets", "1", "0", "0", "0", "–", "0.50"),
        ("**all**", "2", "1", "1", "1", "2.5–100 %", "2.00"),
    ]


def test_table__tells_an_alarm_of_the_same_bits() -> None:
    rows = table([variant(same_bits=True, alarms=("they part",))])
    assert {"0 and 1 of the reference's own bits"} == {row[4] for row in rows}


def test_power_table__names_the_weakest_network_and_the_median() -> None:
    rows = power_table([noticed(8), noticed(12), noticed(20)])
    assert [
        (
            "`logits`",
            "1 + 2^-8",
            "1 + 2^-12",
            "3 of 3",
            "2 of 3",
            "none",
            "none",
            "3 of 3",
            "2 of 3",
        )
    ] == rows


def test_spread__takes_the_first_and_the_last() -> None:
    sent = [Sent(name=str(number), content=b"", plain=True) for number in range(10)]
    assert ["0", "4", "9"] == [one.name for one in spread(sent, 3)]
    assert sent == spread(sent, 20)


def test_as_png__keeps_the_pixels_at_every_level() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    files = [as_png(pixels, level) for level in (1, 9)]
    assert files[0] != files[1]
    assert all(np.array_equal(pixels, read_image(file, RULE).image) for file in files)


def test_configurations__have_names_of_their_own() -> None:
    names = [one.name for one in CONFIGURATIONS]
    assert len(names) == len(set(names))
