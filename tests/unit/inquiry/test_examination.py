"""The examination: every way of asking shows in its own invariant, and only what differs does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from ml_ci.artifacts.inquiry import Alike, Invariant, InvariantsRecord
from ml_ci.inquiry.examination import Examination, Examined
from ml_ci.inquiry.way import NoAnswerError, Rungs
from tests.builders.inquiry import (
    CLASS_NAMES,
    SURE,
    HandMadeWay,
    answer,
    chosen,
    refusing,
    sure,
)

OTHER = answer(0.25, 0.25, 0.5)
Respond = Callable[[HandMadeWay, tuple[str, ...]], Sequence[Rungs]]


def examination(
    way: HandMadeWay, images: Sequence[str] = tuple(SURE), concurrency: int | None = 4
) -> Examination[str]:
    return Examination(
        way=way,
        chosen=chosen(images),
        class_names=CLASS_NAMES,
        repeats=3,
        concurrency=concurrency,
    )


def examined(respond: Respond | None = None, **settings: int | None) -> Examined:
    way = HandMadeWay() if respond is None else HandMadeWay(respond=respond)
    return asyncio.run(examination(way, **settings).run())  # type: ignore[arg-type]


def broken(record: InvariantsRecord) -> dict[str, str]:
    """Of the invariants with an answer that is another one: the images."""
    found = {
        one.name: "".join(held.image for held in one.held if held.identical < held.answers)
        for one in record.invariants
    }
    return {name: images for name, images in found.items() if images}


def invariant(record: InvariantsRecord, name: str) -> Invariant:
    return next(one for one in record.invariants if one.name == name)


def test_run__of_a_right_side_finds_nothing() -> None:
    record = examined().record

    assert ({}, ()) == (broken(record), record.alike)
    assert ("a", "b", "c", "d") == record.images


def test_run__asks_everything() -> None:
    names = [one.name for one in examined().record.invariants]

    assert ["repeated", "order", "batch", "place", "neighbours", "concurrent"] == names


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("repeated", 2),
        ("order", 2),
        ("batch", 1),
        ("place", 2),
        ("neighbours", 1),
        ("concurrent", 2),
    ],
)
def test_run__counts_the_answers_to_each_image(name: str, answers: int) -> None:
    held = invariant(examined().record, name).held

    assert [answers] * 4 == [one.answers for one in held]


def test_run__repeated_is_the_same_request_in_a_row() -> None:
    way = HandMadeWay()
    asyncio.run(examination(way).run())

    assert [("a",)] * 3 + [("b",)] * 3 == way.asked[:6]


def test_run__in_other_orders() -> None:
    way = HandMadeWay()
    asyncio.run(examination(way).run())

    assert ["d", "c", "b", "a", "a", "c", "b", "d"] == [one for (one,) in way.asked[12:20]]


def test_run__batches_have_every_place_and_two_neighbours() -> None:
    way = HandMadeWay()
    asyncio.run(examination(way).run())

    batches = ["".join(images) for images in way.asked if len(images) > 1]
    assert ["abcd", "bcda", "dcba"] == batches[:3]
    assert ["ab", "ad", "bc", "ba", "cd", "cb", "da", "dc"] == batches[3:]


def random(way: HandMadeWay, images: tuple[str, ...]) -> list[Rungs]:
    """The second answer in a row is another one, as long as nothing else is asked."""
    again = way.asked[-2:] == [images, images] and len(way.asked) <= 3 * len(SURE)
    return [OTHER if again else sure(image) for image in images]


def remembering(way: HandMadeWay, images: tuple[str, ...]) -> list[Rungs]:
    """Something is kept of the request before."""
    return [OTHER if way.asked[-2:] == [("d",), ("c",)] else sure(one) for one in images]


def counting(_way: HandMadeWay, images: tuple[str, ...]) -> list[Rungs]:
    """A batch is computed in another way, whoever is in it."""
    return [OTHER if len(images) > 1 else sure(image) for image in images]


def placing(_way: HandMadeWay, images: tuple[str, ...]) -> list[Rungs]:
    """The last place of a batch is broken."""
    last = len(images) - 1
    return [OTHER if index == last > 1 else sure(one) for index, one in enumerate(images)]


def neighbourly(_way: HandMadeWay, images: tuple[str, ...]) -> list[Rungs]:
    """`a` is bad company."""
    return [OTHER if "a" in images and one != "a" else sure(one) for one in images]


@pytest.mark.parametrize(
    ("respond", "expected"),
    [
        pytest.param(random, ["repeated"], id="random"),
        pytest.param(remembering, ["order"], id="remembers"),
        pytest.param(counting, ["batch"], id="how-many"),
        pytest.param(placing, ["batch", "place"], id="place"),
        pytest.param(neighbourly, ["batch", "neighbours"], id="neighbours"),
    ],
)
def test_run__finds_each_where_it_shows(respond: Respond, expected: list[str]) -> None:
    found = list(broken(examined(respond, concurrency=None).record))

    assert expected == found


def test_run__concurrent_is_well_above_one_at_a_time() -> None:
    under_way = most = 0

    class Slow(HandMadeWay):
        async def ask(self, images: Sequence[str], /) -> Sequence[Rungs]:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0)
            under_way -= 1
            return [sure(image) for image in images]

    asyncio.run(examination(Slow(), concurrency=7).run())

    assert 7 == most


def test_run__concurrent_finds_answers_that_are_mixed_up() -> None:
    under_way: list[str] = []

    class MixedUp(HandMadeWay):
        async def ask(self, images: Sequence[str], /) -> Sequence[Rungs]:
            under_way.extend(images)
            await asyncio.sleep(0.001)
            answered = under_way[-1] if len(images) == 1 else ""
            under_way.remove(images[0])
            return [sure(answered or image) for image in images]

    found = asyncio.run(examination(MixedUp()).run()).record

    assert ["concurrent"] == list(broken(found))
    likes = [one.like for one in invariant(found, "concurrent").held]
    assert {0.0} == {like.apart for like in likes if like is not None}


def test_run__is_not_asked_at_once_where_there_is_nothing_to_mix_up() -> None:
    record = examined(concurrency=None).record

    assert ("neighbours", 1) == (record.invariants[-1].name, record.concurrency)


@pytest.mark.parametrize(
    ("images", "alone", "reason"),
    [
        pytest.param("abc", "one at a time", "one at a time", id="protocol"),
        pytest.param("ab", None, "it takes 3 golden images, there are 2", id="too-few"),
    ],
)
def test_run__says_why_no_batch_was_asked(images: str, alone: str | None, reason: str) -> None:
    way = HandMadeWay(alone=alone)

    record = asyncio.run(examination(way, images).run()).record

    batched = [invariant(record, name) for name in ("batch", "place", "neighbours")]
    assert [(reason, ())] * 3 == [(one.not_asked, one.held) for one in batched]
    assert 1 == max(len(asked) for asked in way.asked)


def test_run__a_refused_batch_is_no_answer_to_any_of_it() -> None:
    def alone_only(_way: HandMadeWay, images: tuple[str, ...]) -> list[Rungs]:
        if len(images) > 1:
            raise NoAnswerError("too many")
        return [sure(image) for image in images]

    held = invariant(examined(alone_only).record, "place").held

    assert [(0, 3, "too many")] * 4 == [(one.answers, one.failures, one.failure) for one in held]


def test_run__gives_up_on_a_side_that_is_gone() -> None:
    way = refusing(gone=True)

    record = asyncio.run(examination(way).run()).record

    assert 3 == len(way.asked)
    failures = [one.failure for one in invariant(record, "repeated").held]
    assert ["no", *["given up after 3 in a row: no"] * 3] == failures


def test_run__without_images_asks_nothing() -> None:
    record = asyncio.run(examination(HandMadeWay(), ()).run()).record

    assert () == tuple(held for one in record.invariants for held in one.held)


def test_run__finds_images_that_are_answered_alike() -> None:
    def colour_blind(_way: HandMadeWay, images: tuple[str, ...]) -> list[Rungs]:
        return [sure("a" if image == "b" else image) for image in images]

    assert (Alike(image="a", other="b"),) == examined(colour_blind).record.alike


def test_fresh_process__is_asked_in_the_opposite_order() -> None:
    way = HandMadeWay()
    again = asyncio.run(examination(way).ask_again())

    assert [("d",), ("c",), ("b",), ("a",)] == way.asked
    assert {"a", "b", "c", "d"} == set(again)


def test_fresh_process__is_held_against_the_first() -> None:
    first = examined()
    again = asyncio.run(examination(HandMadeWay(respond=lambda *_: [sure("a")])).ask_again())

    found = examination(HandMadeWay()).hold_together("fresh process", first.usual, again)

    record = first.record.including(found)
    assert {"fresh process": "bcd"} == broken(record)
    assert "fresh process" == record.invariants[-1].name


@pytest.mark.parametrize("concurrency", [4, None], ids=["at once", "one after the other"])
@pytest.mark.parametrize("alone", [None, "no room"], ids=["batches", "alone"])
@pytest.mark.parametrize("images", [tuple(SURE), ("a", "b"), ()], ids=len)
def test_requests__are_as_many_as_are_made(
    images: tuple[str, ...], alone: str | None, concurrency: int | None
) -> None:
    way = HandMadeWay(alone=alone)
    asked = examination(way, images, concurrency)

    asyncio.run(asked.run())

    assert asked.requests == len(way.asked)
