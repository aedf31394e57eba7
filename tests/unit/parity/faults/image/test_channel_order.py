from __future__ import annotations

from typing import Any

import numpy as np

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Seen
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import IMAGE
from tests.builders.faults import evidence, explaining, reference

FAULT = fault_of("channel-order")


def blue_first(seen: Seen, reference: Reference) -> Any:
    return reference.flatten(seen.decoded, seen.content)[..., ::-1]


def upside_down(seen: Seen, reference: Reference) -> Any:
    return reference.flatten(seen.decoded, seen.content)[::-1]


def luma(seen: Seen, reference: Reference) -> Any:
    """All channels alike: the nearest thing to exchanging them."""
    image = reference.flatten(seen.decoded, seen.content)
    return np.repeat(image[..., 1:2], 3, axis=2)


def test_channel_order__is_estimated() -> None:
    ours = reference()
    [found] = explaining(FAULT, evidence(ours, IMAGE.name, blue_first), ours)
    assert {"order": "BGR"} == dict(found.parameters)
    assert "channels in the order BGR instead of RGB" == found.said


def test_channel_order__silent_on_the_clean_side() -> None:
    ours = reference()
    assert [] == explaining(FAULT, evidence(ours, IMAGE.name, None), ours)


def test_channel_order__silent_on_other_faults() -> None:
    ours = reference()
    assert [] == explaining(FAULT, evidence(ours, IMAGE.name, upside_down), ours)
    assert [] == explaining(FAULT, evidence(ours, IMAGE.name, luma), ours)
