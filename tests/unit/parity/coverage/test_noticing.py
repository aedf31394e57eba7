from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.parity.coverage.noticing import Judge, Noticed, Noticing
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fault import Make, Remedy, Variant
from ml_ci.parity.faults.reference import Reference
from tests.builders.faults import pictures, reference
from tests.builders.traces import noise_floor

COLOURED, GREY = "wide.png", "PNG L"


def variant(step: str, make: Make) -> Variant:
    return Variant(
        fault="made-up",
        step=step,
        parameters={},
        said="made up",
        remedy=Remedy(server="undo it", script=""),
        make=make,
    )


def noticed(step: str, make: Make, *images: str, **tolerances: float) -> Noticed:
    judge = Judge(noise=noise_floor(), tolerances=tolerances)
    names = images or (COLOURED, GREY)
    return Noticing(reference(), judge, {name: pictures()[name] for name in names}).of(
        variant(step, make)
    )


def blue_first(seen: Any, reference: Reference) -> Any:
    return reference.flatten(seen.decoded, seen.content)[..., ::-1]


def shifted(by: float) -> Make:
    return lambda tensor, reference: reference.logits(tensor) + np.array([by, 0, 0, 0, 0])


def test_of__an_image_that_cannot_show_it_does_not() -> None:
    assert [COLOURED] == list(noticed("image", blue_first).clearness)


def test_of__less_than_what_is_noise_is_not_noticed() -> None:
    assert {} == noticed("logits", shifted(5e-4), COLOURED).clearness


def test_of__a_trace_shows_what_answers_hide() -> None:
    def uniformly(tensor: Any, reference: Reference) -> Any:
        return reference.logits(tensor) + 3  # softmax takes it away

    assert {COLOURED: {"trace"}} == {
        image: set(clearness)
        for image, clearness in noticed("logits", uniformly, COLOURED).clearness.items()
    }


def test_of__a_tolerance_hides_it() -> None:
    found = noticed("logits", shifted(0.01), COLOURED, logits=0.02, probabilities=0.02)
    assert {} == found.clearness


def test_of__labels_are_noticed_by_labels() -> None:
    def second_best(probabilities: Any, reference: Reference) -> list[str]:
        return [reference.class_names[row.argsort()[-2]] for row in probabilities]

    [clearness] = noticed("label", second_best, COLOURED).clearness.values()
    assert {"trace", "labels"} == set(clearness)


def test_of__another_number_of_classes_is_noticed() -> None:
    def with_background(logits: Any, reference: Reference) -> Any:
        return reference.probabilities(np.pad(logits, ((0, 0), (1, 0))))

    # The label cannot be told from six numbers, which is noticed, too
    found = noticed("probabilities", with_background, COLOURED).clearness
    assert {"trace", "probabilities"} <= found[COLOURED].keys()


def test_of__a_server_that_fails_on_one_image_is_noticed_there() -> None:
    def refuses(content: bytes, reference: Reference) -> Any:
        if content == pictures()[GREY]:
            raise StepError("no grey ones")
        return reference.decode(content)

    assert [GREY] == list(noticed("decoded", refuses).clearness)


def test_images__those_that_cannot_be_decoded_are_left_out() -> None:
    judge = Judge(noise=noise_floor())
    contents = {"broken": b"no image", COLOURED: pictures()[COLOURED]}
    assert (COLOURED,) == Noticing(reference(), judge, contents).images


@pytest.mark.parametrize("count", [1, 31, 33, 65])
def test_of__groups_make_no_difference(count: int) -> None:
    contents = {f"{number}": pictures()[COLOURED] for number in range(count)}
    noticing = Noticing(reference(), Judge(noise=noise_floor()), contents)
    found = noticing.of(variant("logits", shifted(1.0)))
    assert set(contents) == set(found.clearness)
