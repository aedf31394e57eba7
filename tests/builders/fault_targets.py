"""Targets with a fault, for tests: made without the catalogue, of Pillow and plain NumPy."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_ci.data.decode import Decoded
from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Fault, Make, Seen, Value
from ml_ci.parity.faults.reference import Reference
from tests.builders.faults import evidence, explaining, reference

Picture = NDArray[np.uint8]


def opened(content: bytes) -> Image.Image:
    """As Pillow opens it."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def retouched(change: Callable[[Picture], Any]) -> Make:
    """A target whose finished picture (H, W, 3) is changed."""

    def make(seen: Seen, reference: Reference) -> Any:
        return change(np.asarray(reference.flatten(seen.decoded, seen.content), np.uint8))

    return make


def redecoded(change: Callable[[Image.Image, Decoded], Decoded]) -> Make:
    """A target that decodes to ``change`` of what Pillow opens and the reference decodes."""

    def make(content: bytes, reference: Reference) -> Decoded:
        return change(opened(content), reference.decode(content))

    return make


def named(
    fault: str, target: Make | None, images: list[str] | None = None, **settings: Any
) -> list[dict[str, Value]]:
    """The parameters of what explains ``target`` wholly; None: a target as it should be."""
    ours, of = _reference(**settings), fault_of(fault)
    shown = evidence(ours, of.step, target, images)
    return [dict(variant.parameters) for variant in explaining(of, shown, ours)]


def said(fault: str, target: Make, images: list[str] | None = None, **settings: Any) -> list[str]:
    """The words of what explains ``target`` wholly."""
    ours, of = _reference(**settings), fault_of(fault)
    shown = evidence(ours, of.step, target, images)
    return [variant.said for variant in explaining(of, shown, ours)]


def silent(
    faults: Iterable[Fault],
    target: Make | None,
    images: list[str] | None = None,
    but: Iterable[str] = (),
) -> list[str]:
    """Those of ``faults`` without ``but`` that explain ``target`` all the same."""
    others = [fault.id for fault in faults if fault.id not in but]
    return [other for other in others if named(other, target, images)]


def _reference(**settings: Any) -> Reference:
    return reference(**settings) if settings else _usual()


@cache
def _usual() -> Reference:
    return reference()
