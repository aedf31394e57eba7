"""A way is given up once nobody seems to be there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from ml_ci.inquiry.way import (
    GONE_BEFORE_GIVING_UP,
    CountedWay,
    NoAnswerError,
    PatientWay,
    Rungs,
)
from tests.builders.inquiry import HandMadeWay, refusing, sure


def sentences(way: PatientWay[str], times: int) -> list[str]:
    """What ``times`` questions end with."""
    answers = [asyncio.run(way.each(["a"]))[0] for _ in range(times)]
    return [str(one) if isinstance(one, NoAnswerError) else "answered" for one in answers]


def test_patience__ends_when_nobody_is_there() -> None:
    way = refusing(gone=True)

    last = sentences(PatientWay(way), GONE_BEFORE_GIVING_UP + 2)[-1]

    assert ("given up after 3 in a row: no", GONE_BEFORE_GIVING_UP) == (last, len(way.asked))


def test_patience__does_not_end_by_refusals() -> None:
    way = refusing(gone=False)

    assert ["no"] * 9 == sentences(PatientWay(way), 9)
    assert 9 == len(way.asked)


def test_patience__is_as_long_again_after_an_answer() -> None:
    def now_and_then(way: HandMadeWay, images: tuple[str, ...]) -> Sequence[Rungs]:
        if len(way.asked) % GONE_BEFORE_GIVING_UP:
            raise NoAnswerError("no", gone=True)
        return [sure(image) for image in images]

    way = HandMadeWay(respond=now_and_then)

    assert ["no", "no", "answered"] * 3 == sentences(PatientWay(way), 9)


def test_each__gives_every_picture_the_failure() -> None:
    answers = asyncio.run(PatientWay(refusing(gone=False)).each(["a", "b"]))

    assert ["no", "no"] == [str(one) for one in answers]


@pytest.mark.parametrize("reason", [None, "a reason"])
def test_why_alone__is_the_way_s_own(reason: str | None) -> None:
    assert reason == PatientWay(HandMadeWay(alone=reason)).why_alone("a")


def test_no_answer__can_be_written_down_whatever_a_server_says() -> None:
    assert "says ?" == str(NoAnswerError("says \ud800"))


def test_counted_way__tells_of_each_request_answered_or_not() -> None:
    told: list[str] = []
    answering, silent = HandMadeWay(), refusing(gone=True)

    for way in (answering, silent):
        counted = PatientWay(CountedWay(way, lambda: told.append("one")))
        asyncio.run(counted.each(["a", "b"]))

    assert ([("a", "b")], ["one"] * 2) == (answering.asked, told)


def test_counted_way__has_the_reason_of_the_way() -> None:
    assert "no room" == CountedWay(HandMadeWay(alone="no room"), lambda: None).why_alone("a")
