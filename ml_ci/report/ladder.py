"""The ladder as a reader sees it: a mark per rung, and the images that are furthest off."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ml_ci.parity.result import ImageResult, ParityResult, RungResult, StepResult


@dataclass(frozen=True, kw_only=True)
class WorstImage:
    """One image that differs, where it begins to, and how far it goes."""

    image: str
    first_step: str
    excess: float | None
    """How many times what is allowed, on the rung where that is most; infinite for NaN, infinity
    and another shape; None when only exact rungs differ."""
    own: float
    """Largest own error on `first_step`, in its unit; 0 where that is not known."""
    message: str
    """The mismatch on `first_step`, without the names of step and image."""


def rung_mark(step: StepResult) -> str:
    """✓ agrees, ✗ with the number of images that differ, ○ not recorded."""
    if not step.compared:
        return "○"
    return f"✗ {step.images}" if step.images else "✓"


def worst_images(result: ParityResult) -> tuple[WorstImage, ...]:
    """The images that differ, the largest excess over what is allowed first, then the largest
    error, by name after that."""
    found = [
        _worst(image) if image.first_step is not None else _unexplained(image)
        for image in result.images
        if image.first_step is not None or not image.explained
    ]
    return tuple(sorted(found, key=lambda one: (-(one.excess or 0.0), -one.own, one.image)))


def _worst(image: ImageResult) -> WorstImage:
    first = image.first_step or ""
    excesses = [_excess(rung) for rung in image.rungs if rung.mark == "differs"]
    known = [excess for excess in excesses if excess is not None]
    blamed = next((rung for rung in image.rungs if rung.step == first), None)
    message = "" if blamed is None else blamed.message
    message = message.removeprefix(f"{first} of {image.image}: ")  # its row says so already
    return WorstImage(
        image=image.image,
        first_step=first,
        excess=max(known, default=None),
        own=(0.0 if blamed is None else blamed.own) or 0.0,
        message=message,
    )


def _unexplained(image: ImageResult) -> WorstImage:
    """Where an image without a step to blame is off for the first time."""
    off = next(rung for rung in image.rungs if rung.mark in ("inherited", "unmeasurable"))
    message = off.message or f"off by {off.inherited or 0:.3g} over the whole chain"
    return WorstImage(
        image=image.image, first_step=off.step, excess=None, own=off.own or 0.0, message=message
    )


def _excess(rung: RungResult) -> float | None:
    """Error over allowed on a rung that differs; None on exact rungs, which allow nothing."""
    if not rung.allowed:
        return None
    if rung.own is None or rung.own <= rung.allowed:
        return math.inf  # it differs all the same: NaN, infinity or another shape
    return rung.own / rung.allowed
