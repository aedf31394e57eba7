"""Real servers that break one rule each, over HTTP: what the checks say, and of a right one."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pytest
from PIL import Image

from ml_ci.artifacts.inquiry import Invariant
from ml_ci.inquiry.choice import Chosen
from ml_ci.inquiry.examination import Examination, Examined
from ml_ci.parity.check import Check
from ml_ci.parity.checks.invariants import ALIKE, NAMES, invariant_checks
from ml_ci.targets.client import Client, open_client
from ml_ci.targets.requests import Picture
from ml_ci.targets.routes import PredictRoute
from ml_ci.targets.ways import ServerWay
from tests.builders.broken_servers import (
    CLASS_NAMES,
    BrokenServer,
    chosen_pictures,
    one_route,
    rows_route,
    tensors_route,
    with_modes,
)
from tests.builders.foreign_server import running_foreign_server
from tests.builders.traces import noise_floor

CONCURRENCY = 16
ALONE_ONLY = "not asked: the protocol takes one image per request"


@cache
def pictures() -> tuple[Chosen[Picture], ...]:
    """The same for every test."""
    return chosen_pictures()


def checks(broken: BrokenServer, route: PredictRoute | None = None) -> dict[str, Check]:
    """Of the server, started twice, by name of the check."""
    asked = rows_route() if route is None else route

    async def examine(url: str) -> Examined:
        async with open_client(url, timeout_seconds=10, connections=CONCURRENCY) as client:
            return await _examination(client, asked).run()

    async def ask_again(url: str, first: Examined) -> Invariant:
        async with open_client(url, timeout_seconds=10, connections=CONCURRENCY) as client:
            examination = _examination(client, asked)
            again = await examination.ask_again()
            return examination.hold_together("fresh process", first.usual, again)

    with running_foreign_server(replace(broken).app()) as server:
        first = asyncio.run(examine(server.url))
    with running_foreign_server(replace(broken).app()) as server:
        fresh = asyncio.run(ask_again(server.url, first))
    found = invariant_checks(first.record.including(fresh), noise_floor())
    return {check.name: check for check in found}


def _examination(client: Client, route: PredictRoute) -> Examination[Picture]:
    return Examination(
        way=ServerWay(client=client, route=route),
        chosen=pictures(),
        class_names=CLASS_NAMES,
        repeats=5,
        concurrency=CONCURRENCY,
    )


def outcomes(found: Mapping[str, Check]) -> dict[str, str]:
    """Those that do not agree."""
    return {name: one.outcome for name, one in found.items() if one.outcome != "agrees"}


def size_of(content: bytes) -> tuple[int, int]:
    """A bad key for a cache."""
    return Image.open(io.BytesIO(content)).size


@pytest.mark.parametrize(
    ("server", "route"),
    [
        pytest.param(BrokenServer(), rows_route(), id="rows"),
        pytest.param(BrokenServer(), tensors_route(), id="tensors"),
        pytest.param(BrokenServer(noise=5e-7), rows_route(), id="float-noise"),
        pytest.param(BrokenServer(tells=("label",)), rows_route("label"), id="labels-alone"),
        pytest.param(BrokenServer(cached_by=hash), rows_route(), id="a-cache-that-is-right"),
    ],
)
def test_checks__of_a_right_server_all_agree(server: BrokenServer, route: PredictRoute) -> None:
    found = checks(server, route)

    assert ({}, 8) == (outcomes(found), len(found))


def test_checks__of_float_noise_say_how_much_there_is() -> None:
    evidence = checks(BrokenServer(noise=5e-7))[NAMES["repeated"]].evidence

    begin = "24 answers about 6 images, 0 as the first to the last bit, the others within "
    assert begin == evidence[: len(begin)]
    assert evidence.endswith("e-07 at probabilities (0.001 is noise)")


def test_checks__of_one_image_per_request_ask_no_batch() -> None:
    found = checks(BrokenServer(), one_route())

    batched = [NAMES["batch"], NAMES["place"], NAMES["neighbours"]]
    assert dict.fromkeys(batched, "unknown") == outcomes(found)
    assert {ALONE_ONLY} == {found[name].evidence for name in batched}


def test_checks__of_dropout_say_that_something_random_is_left_on() -> None:
    found = checks(BrokenServer(net=with_modes(dropout=True)))

    assert "differs" == found[NAMES["repeated"]].outcome
    assert found[NAMES["repeated"]].evidence.endswith(
        "is noise): something random is left on (dropout in training mode?)"
    )
    rest = [name for name in NAMES.values() if name in found and name != NAMES["repeated"]]
    assert {"unknown"} == {found[name].outcome for name in rest}


def test_checks__of_a_whole_network_in_training_mode_blame_what_is_random() -> None:
    found = checks(BrokenServer(net=with_modes(dropout=True, batch_norm=True)))

    differing = [name for name, outcome in outcomes(found).items() if outcome == "differs"]
    assert [NAMES["repeated"]] == differing


def test_checks__of_batch_statistics_say_that_neighbours_matter() -> None:
    found = checks(BrokenServer(net=with_modes(batch_norm=True)))

    batched = [NAMES["batch"], NAMES["neighbours"]]
    assert dict.fromkeys(batched, "differs") == outcomes(found)
    for name in batched:
        assert found[name].evidence.endswith(
            "is noise): the answer depends on the neighbours: "
            "batch statistics (batch norm in training mode?)"
        )


def test_checks__of_batch_statistics_over_tensors() -> None:
    found = checks(BrokenServer(net=with_modes(batch_norm=True)), tensors_route())

    batched = [NAMES["batch"], NAMES["neighbours"]]
    assert dict.fromkeys(batched, "differs") == outcomes(found)
    assert " at logits on " in found[NAMES["neighbours"]].evidence


@pytest.mark.parametrize("route", [rows_route(), one_route()], ids=["rows", "one"])
def test_checks__of_micro_batches_say_that_requests_are_mixed_up(route: PredictRoute) -> None:
    found = checks(BrokenServer(micro_batch=True), route)

    differing = {name: one for name, one in outcomes(found).items() if one == "differs"}
    assert {NAMES["concurrent"]: "differs"} == differing
    assert found[NAMES["concurrent"]].evidence.endswith(
        "is noise): it got the answer of another image: requests are mixed up"
    )


def test_checks__of_micro_batches_see_labels_alone_too() -> None:
    found = checks(BrokenServer(micro_batch=True, tells=("label",)), rows_route("label"))

    evidence = found[NAMES["concurrent"]].evidence
    assert {NAMES["concurrent"]: "differs"} == outcomes(found)
    assert "are answered otherwise while others are under way, as " in evidence


def test_checks__of_a_batch_the_wrong_way_round_say_so() -> None:
    found = checks(BrokenServer(shifted=True))

    batched = [NAMES["batch"], NAMES["place"], NAMES["neighbours"]]
    assert dict.fromkeys(batched, "differs") == outcomes(found)
    for name in batched:
        assert found[name].evidence.endswith(
            "it got the answer of another image: the batch is mixed up"
        )


def test_checks__of_a_cache_with_a_bad_key_name_two_images() -> None:
    found = checks(BrokenServer(cached_by=size_of))

    assert {NAMES["fresh process"]: "differs", ALIKE: "differs"} == outcomes(found)
    assert found[NAMES["fresh process"]].evidence.endswith(
        "an image gets the answer of another one: a cache takes one for the other"
    )
    assert "get the same numbers to the last bit" in found[ALIKE].evidence


def test_checks__of_answers_that_come_one_late_say_that_they_are_mixed_up() -> None:
    found = checks(BrokenServer(late=True), one_route())

    assert "differs" == found[NAMES["repeated"]].outcome
    assert found[NAMES["repeated"]].evidence.endswith(
        "it got the answer of another image: requests are mixed up"
    )
    assert found[NAMES["order"]].evidence.endswith(
        "it got the answer of an earlier request: a buffer or a cache"
    )


def test_checks__of_a_server_that_refuses_batches_are_unknown() -> None:
    found = checks(BrokenServer(refuses=lambda count: count > 1))

    batched = [NAMES["batch"], NAMES["place"], NAMES["neighbours"]]
    assert dict.fromkeys(batched, "unknown") == outcomes(found)
    expected = "6 of 6 questions were not answered, 000.png: /rows answered 413: 'too many'"
    assert expected == found[NAMES["batch"]].evidence
