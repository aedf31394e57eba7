"""Sides made by hand, asked in this process, and what was measured about one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ml_ci.artifacts.inquiry import (
    Alike,
    Apart,
    Held,
    Invariant,
    InvariantName,
    InvariantsRecord,
    Like,
    OtherLabel,
)
from ml_ci.inquiry.choice import Chosen
from ml_ci.inquiry.way import NoAnswerError, Rungs
from ml_ci.rung import record_array, record_text

CLASS_NAMES = ("cat", "dog", "eel")
SURE = {"a": 0, "b": 1, "c": 2, "d": 0}
"""Images, and the class of each."""


def answer(*probabilities: float, label: str | None = None, **more: Sequence[float]) -> Rungs:
    """The label of the largest number unless told; without numbers a label alone."""
    if label is None:
        label = CLASS_NAMES[int(np.argmax(probabilities))] if probabilities else ""
    rungs = {step: record_array(np.asarray(numbers, np.float32)) for step, numbers in more.items()}
    if probabilities:
        rungs["probabilities"] = record_array(np.asarray(probabilities, np.float32))
    return {**rungs, "label": record_text(label)}


def sure(image: str) -> Rungs:
    """What a right side answers: its class with 0.8, plus what is the image's own."""
    numbers, own = np.full(3, 0.1), 0.01 * list(SURE).index(image)
    numbers[SURE[image]] = 0.8
    return answer(*np.add(numbers, (own, -own, 0.0)))


def chosen(images: Sequence[str] = tuple(SURE), *, margin: float = 0.7) -> list[Chosen[str]]:
    """Images whose picture is their name."""
    return [
        Chosen(name=name, picture=name, label=CLASS_NAMES[SURE[name]], margin=margin)
        for name in images
    ]


@dataclass(kw_only=True)
class HandMadeWay:
    """Right answers unless ``respond`` gives others; remembers what it was asked."""

    respond: Callable[[HandMadeWay, tuple[str, ...]], Sequence[Rungs]] = field(
        default=lambda _way, images: [sure(image) for image in images]
    )
    alone: str | None = None
    """Why images are asked alone."""
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def why_alone(self, _image: str, /) -> str | None:
        """As the test says."""
        return self.alone

    async def ask(self, images: Sequence[str], /) -> Sequence[Rungs]:
        """As the test says."""
        self.asked.append(tuple(images))
        return self.respond(self, tuple(images))


def refusing(*, gone: bool) -> HandMadeWay:
    """Answers nothing."""

    def refuse(_way: HandMadeWay, _images: tuple[str, ...]) -> Sequence[Rungs]:
        raise NoAnswerError("no", gone=gone)

    return HandMadeWay(respond=refuse)


def held(image: str = "a", **changes: Any) -> Held:
    """Four answers that are the same to the last bit; a number for `worst` is at probabilities."""
    given = {"apart": (apart(changes.pop("worst", 0.0)),)} | changes
    values: dict[str, Any] = {
        "image": image,
        "answers": 4,
        "identical": 4,
        "failures": 0,
        "failure": "",
        "other_label": None,
        "like": None,
        **given,
    }
    return Held(**values)


def apart(worst: float | None, *, step: str = "probabilities", largest: float = 0.9) -> Apart:
    """A difference on one rung."""
    return Apart(step=step, worst=worst, largest=largest)


def other_label(gap: float | None, **changes: Any) -> OtherLabel:
    """One answer says `dog` instead of `cat`."""
    step = None if gap is None else "probabilities"
    values = {"answers": 1, "usual": "cat", "other": "dog", "step": step, "gap": gap, **changes}
    return OtherLabel(**values)


def like(image: str = "b", *, apart: float = 0.0) -> Like:
    """It looks like the answer to ``image``."""
    return Like(image=image, step="probabilities", apart=apart)


def invariants(*alike: Alike, **asked: Sequence[Held] | str) -> InvariantsRecord:
    """By name (``_`` for a blank): what was held, or why it was not asked."""
    return InvariantsRecord(
        images=tuple(SURE),
        repeats=5,
        concurrency=32,
        invariants=tuple(_invariant(name, given) for name, given in asked.items()),
        alike=alike,
    )


def _invariant(name: str, given: Sequence[Held] | str) -> Invariant:
    known: InvariantName = name.replace("_", " ")  # type: ignore[assignment]
    if isinstance(given, str):
        return Invariant(name=known, held=(), not_asked=given)
    return Invariant(name=known, held=tuple(given), not_asked="")
