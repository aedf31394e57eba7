from __future__ import annotations

import pytest

from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Evidence
from ml_ci.parity.faults.received.damaged import FAULTS
from tests.builders.fault_targets import named, silent
from tests.builders.faults import explaining, pictures, reference

IMAGES = ["wide.png", "tall.png", "wide 4:2:0.jpg", "small.png"]


def test_cut_off__the_buffer_is_told() -> None:
    assert [{"bytes": 1500}] == named("cut-off", lambda content, _: content[:1500], IMAGES)


def test_cut_off__the_share_is_estimated() -> None:
    [found] = named("cut-off", lambda content, _: content[: int(0.731 * len(content))], IMAGES)
    assert pytest.approx(0.731, abs=1e-3) == found["share"]


def test_cut_off__silent_where_bytes_are_missing_elsewhere() -> None:
    assert [] == named("cut-off", lambda content, _: content[20:], IMAGES)


def test_exchanged__is_told() -> None:
    contents = [pictures()[name] for name in IMAGES]
    shown = Evidence(given=contents, made=[*contents[1:3], contents[0], contents[3]])
    ours = reference()
    [found] = explaining(fault_of("exchanged"), shown, ours)
    assert "the bytes of other images arrive in place of 3" == found.said
    with pytest.raises(StepError):
        found.make(b"another", ours)


def test_exchanged__silent_where_an_unknown_image_arrives() -> None:
    assert [] == named("exchanged", lambda *_: pictures()["palette"], IMAGES)


def test_damaged__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_cut_off__nothing_is_the_reference() -> None:
    assert fault_of("cut-off").at([1.0], reference()) is None


def test_damaged__silent_where_an_image_is_written_backwards() -> None:
    assert [] == silent(FAULTS, lambda content, _: content[::-1], IMAGES)
