"""Kinds: what is special about an image's file, in words."""

from __future__ import annotations

from collections.abc import Iterator

from ml_ci.data.inspection import Inspection, inspect
from ml_ci.data.orientation import UPRIGHT

_SMALL, _LARGE = 32, 200  # pixels, of the shorter side
_LONG = 2.0  # longer ÷ shorter side


def kinds_of(content: bytes) -> tuple[str, ...]:
    """Of an encoded image: `JPEG`, `4:2:0`, `EXIF orientation 6`, `grey`, `small`…"""
    inspection = inspect(content)
    if inspection.format is None:
        return ("no image",)
    return (inspection.format, *_coding(inspection), *_size(inspection))


def _coding(inspection: Inspection) -> Iterator[str]:
    if inspection.sampling not in ("", "grey"):
        yield inspection.sampling
    if inspection.progressive:
        yield "progressive"
    if inspection.orientation != UPRIGHT:
        yield f"EXIF orientation {inspection.orientation}"
    if inspection.profile_sha256 is not None:
        yield "with an ICC profile"
    if inspection.layout not in ("", "RGB"):
        yield inspection.layout


def _size(inspection: Inspection) -> Iterator[str]:
    if inspection.sides is None:
        return
    shorter, longer = sorted(inspection.sides)
    if shorter < _SMALL:
        yield "small"
    if shorter >= _LARGE:
        yield "large"
    if longer > _LONG * shorter:
        yield "long"
