"""Faults up to the rung `image`, on pictures of every kind and size: StepError, nothing else."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from ml_ci.data.decode import Decoded
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.catalogue import catalogue
from ml_ci.parity.faults.fault import Evidence, Fault, Seen, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import DECODED, IMAGE, RECEIVED
from tests.builders.faults import pictures, reference, scene
from tests.builders.images import encoded

STEPS = (RECEIVED.name, DECODED.name, IMAGE.name)
FAULTS = [fault for fault in catalogue() if fault.step in STEPS]
KINDS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
MODES = ("1", "L", "RGB", "P")


@cache
def ours() -> Reference:
    return reference()


def all_variants(fault: Fault) -> Iterator[Variant]:
    """The usual ones, and those at both ends and in the middle of what is searched."""
    yield from fault.variants(ours())
    for share in (0.0, 0.37, 1.0):
        at = [one.low + share * (one.high - one.low) for one in fault.parameters]
        found = fault.at(at, ours()) if at else None
        if found is not None:
            yield found


def below(fault: Fault, content: bytes) -> Any:
    """What the fault's step is given of an image."""
    if fault.step != IMAGE.name:
        return content
    return Seen(content=content, decoded=ours().decode(content))


def made(variant: Variant, given: Any) -> Any:
    """None where it cannot be made."""
    try:
        return variant.make(given, ours())
    except StepError:
        return None


def is_right(step: str, made: Any) -> bool:
    if step == RECEIVED.name:
        return isinstance(made, bytes)
    if step == DECODED.name:
        return isinstance(made, Decoded) and made.pixels.ndim == 3
    return bool(made.dtype == np.uint8 and made.ndim == 3 and made.shape[2] == 3 and made.size)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_make__gives_what_stands_on_the_step(fault: Fault) -> None:
    for variant in all_variants(fault):
        for content in pictures().values():
            found = made(variant, below(fault, content))
            assert found is None or is_right(fault.step, found)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_make__is_the_same_twice(fault: Fault) -> None:
    given = below(fault, pictures()["turned.jpg"])
    for variant in fault.variants(ours()):
        first, second = made(variant, given), made(variant, given)
        if isinstance(first, Decoded):
            first, second = first.pixels, second.pixels
        assert np.array_equal(first, second)


@given(
    kind=st.sampled_from(KINDS),
    mode=st.sampled_from(MODES),
    height=st.integers(1, 33),
    width=st.integers(1, 33),
    seed=st.integers(0, 9),
)
@settings(max_examples=25, deadline=None)
def test_make__of_any_size(kind: str, mode: str, height: int, width: int, seed: int) -> None:
    if max(height, width) > 20 * min(height, width) or (kind, mode) == ("JPEG", "P"):
        return
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(levels).convert(mode), kind)
    for fault in FAULTS:
        for variant in fault.variants(ours()):
            found = made(variant, below(fault, content))
            assert found is None or is_right(fault.step, found)


def strange(step: str, content: bytes) -> list[Any]:
    """What no right implementation has on the step."""
    noise = np.random.default_rng(1)
    other = noise.integers(0, 256, (5, 3, 3), dtype=np.uint8)
    if step == RECEIVED.name:
        return [
            b"",
            b"no image",
            content[: len(content) // 3],
            encoded(Image.fromarray(other), "GIF"),
        ]
    if step == DECODED.name:
        one = np.zeros((2, 2, 1), np.uint8)
        return [
            Decoded(pixels=other, mode="RGB"),
            Decoded(pixels=one, mode="P"),
            Decoded(pixels=one, mode="nothing known"),
            other.astype(np.float32),
        ]
    blank = np.zeros((1, 1, 3), np.uint8)
    return [other, blank, other[..., 0], other.astype(np.float64), other[:0]]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_fit__of_anything(fault: Fault) -> None:
    contents = [pictures()[name] for name in ("wide.png", "turned.jpg", "PNG RGBA", "palette")]
    for number in range(4):
        shown = Evidence(
            given=[below(fault, content) for content in contents],
            made=[strange(fault.step, content)[number] for content in contents],
        )
        assert all(variant.fault == fault.id for variant in fault.fit(shown, ours()))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_fit__of_one_flat_picture(fault: Fault) -> None:
    flat = encoded(Image.fromarray(np.full((9, 14, 3), 77, np.uint8)), "PNG")
    darker = encoded(Image.fromarray(np.full((9, 14, 3), 70, np.uint8)), "PNG")
    stands: dict[str, Any] = {
        RECEIVED.name: darker,
        DECODED.name: ours().decode(darker),
        IMAGE.name: np.full((9, 14, 3), 70, np.uint8),
    }
    shown = Evidence(given=[below(fault, flat)], made=[stands[fault.step]])
    assert all(variant.fault == fault.id for variant in fault.fit(shown, ours()))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_variants__warn_of_nothing(fault: Fault) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        content = encoded(Image.fromarray(scene(40, 52)), "JPEG")
        assert all(made(one, below(fault, content)) is not None for one in fault.variants(ours()))
