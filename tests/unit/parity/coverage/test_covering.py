from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ml_ci.data.witnesses import derived, scene
from ml_ci.parity.coverage.covering import Covering
from ml_ci.parity.coverage.noticing import Judge
from ml_ci.parity.coverage.result import Coverage, Share
from ml_ci.parity.coverage.suggesting import still_blind, suggestions
from ml_ci.parity.faults.catalogue import fault_of
from tests.builders.faults import pictures, reference
from tests.builders.traces import noise_floor

FAULTS = (fault_of("channel-order"), fault_of("temperature"))


def witnesses() -> Mapping[str, bytes]:
    return {"wide.png": pictures()["wide.png"]}


def covering(**settings: Any) -> Covering:
    return Covering(
        reference=reference(**settings),
        judge=Judge(noise=noise_floor()),
        faults=FAULTS,
        witnesses=witnesses,
    )


def of(*images: str, **settings: Any) -> Coverage:
    return covering(**settings).of({name: pictures()[name] for name in images})


def test_coverage__grey_images_cannot_show_a_channel_order() -> None:
    found = of("PNG L", "grey JPEG")
    [blind] = found.blind_spots
    assert "channel-order" == blind.fault
    assert "a picture in colour" == blind.missing
    assert "channels in the order BGR instead of RGB" in blind.unnoticed
    assert Share(noticed=1, faults=2) == found.trace


def test_coverage__the_image_that_shows_it_best() -> None:
    found = of("PNG L", "wide.png")
    assert (True, 1, "wide.png") == (
        found.faults[0].trace.noticed,
        found.faults[0].trace.images,
        found.faults[0].trace.best,
    )
    assert 1.0 == found.trace.score


def test_coverage__no_image_is_needed_twice() -> None:
    found = of("PNG L", "wide.png", "tall.png")
    assert 1 == len(found.smallest)
    assert {"PNG L", "wide.png", "tall.png"} == set(found.redundant)


def test_coverage__of_no_images() -> None:
    found = of()
    assert Share(noticed=0, faults=2) == found.trace
    assert ((), ()) == (found.smallest, found.redundant)


def test_coverage__what_no_image_can_show_is_no_blind_spot() -> None:
    found = Covering(
        reference=reference(),
        judge=Judge(noise=noise_floor(), tolerances={"probabilities": 1.0}),
        faults=FAULTS[1:],
        witnesses=witnesses,
    ).of({"wide.png": pictures()["wide.png"]})
    [fault] = found.faults
    assert not fault.detectable
    assert "changes nothing, on any kind of image" in fault.reason
    assert 1.0 == found.trace.score


@pytest.mark.parametrize("added", ["wide.png", "turned.jpg", "palette", "PNG RGBA"])
def test_coverage__adding_an_image_never_lowers_it(added: str) -> None:
    before, after = of("PNG L", "small.png"), of("PNG L", "small.png", added)
    for means in ("trace", "probabilities", "labels"):
        assert getattr(before, means).score <= getattr(after, means).score


def test_coverage__the_order_of_images_is_nothing() -> None:
    assert of("PNG L", "wide.png", "tall.png") == of("tall.png", "wide.png", "PNG L").model_copy()


def test_suggestions__the_fewest_that_show_what_is_blind() -> None:
    held = covering()
    _, covered = held.look({"PNG L": pictures()["PNG L"]})
    candidates = {name: pictures()[name] for name in ("grey JPEG", "wide.png", "tall.png")}
    [one] = suggestions(held, covered, candidates)
    assert one.image in ("wide.png", "tall.png")
    assert 5 == len(one.notices)
    assert () == still_blind(covered, [one])


def test_suggestions__none_where_nothing_would_help() -> None:
    held = covering()
    _, covered = held.look({"PNG L": pictures()["PNG L"]})
    assert () == suggestions(held, covered, {"grey": pictures()["grey JPEG"]})
    assert 5 == len(still_blind(covered, []))


def test_suggestions__witnesses_can_be_derived() -> None:
    held = covering()
    _, covered = held.look({"PNG L": pictures()["PNG L"]})
    made = {kind.name: content for kind, content in derived(scene(40, 30, 1))}
    assert suggestions(held, covered, made)
