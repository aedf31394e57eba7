"""The shape of a difference that no fault explains: where in the arrays it is, and on which images.

What is said are observations, for whoever has to find the cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import Decoded
from ml_ci.parity.diagnosis.closeness import closeness
from ml_ci.parity.diagnosis.finding import Shape
from ml_ci.parity.diagnosis.question import Question
from ml_ci.steps import DECODED, IMAGE, LABEL, RECEIVED, RESIZED, TENSOR

Floats = NDArray[np.float64]

_LINEAR = 0.999  # of the variance that a scale and an offset account for
_MOSTLY = 0.9  # of the squares, in what is said to be in a channel
_EDGES = 2.0  # times as large beside edges as in flat areas
_SHARED = 3  # things that images share are told
_PICTURES = (DECODED.name, IMAGE.name, RESIZED.name, TENSOR.name)


def shape_of(question: Question, kinds_of: Callable[[str], Sequence[str]]) -> Shape:
    """``kinds_of`` an image's file: `JPEG`, `EXIF orientation`, `grey`, …

    Raises StepError where the reference cannot climb to the step from what the target was given.
    """
    course = question.course(exact=True)
    clean = closeness(question, course, ())
    off = [place for place, right in enumerate(clean.right) if not right]
    sentences = [_which_images(question, off, kinds_of)]
    if question.step not in (RECEIVED.name, LABEL.name):
        should = course.run(question.step)
        pairs = [(_array(should[place]), _array(question.observed[place])) for place in off]
        sentences += _in_arrays(question.step, pairs)
    return Shape(step=question.step, sentence="; ".join(filter(None, sentences)))


def _which_images(
    question: Question, off: Sequence[int], kinds_of: Callable[[str], Sequence[str]]
) -> str:
    names = [question.images[place] for place in off]
    text = f"{len(names)} of {len(question.images)} images"
    if not names or len(names) == len(question.images):
        return text
    inside = Counter(kind for name in names for kind in kinds_of(name))
    others = set(question.images) - set(names)
    outside = Counter(kind for name in others for kind in kinds_of(name))
    shared = [kind for kind, count in inside.items() if count == len(names) and not outside[kind]]
    never = [kind for kind, count in outside.items() if count == len(others) and not inside[kind]]
    if shared:
        text += f", all and only those that are {', '.join(sorted(shared)[:_SHARED])}"
    elif never:
        text += f", none of which is {', '.join(sorted(never)[:_SHARED])}"
    return text


def _in_arrays(step: str, pairs: Sequence[tuple[Floats, Floats]]) -> list[str]:
    shapes = {(ours.shape, theirs.shape) for ours, theirs in pairs if ours.shape != theirs.shape}
    if shapes:
        ours, theirs = sorted(shapes)[0]
        return [f"the target has {_sides(theirs)} where {_sides(ours)} should stand"]
    if not pairs:
        return []
    if any(not np.isfinite(theirs).all() for _, theirs in pairs):
        return ["the target has NaN or infinity"]
    found = [_linear(pairs)]
    if step in _PICTURES and all(ours.ndim == 3 for ours, _ in pairs):
        planes = [(_planes(step, ours), _planes(step, theirs)) for ours, theirs in pairs]
        found += [_channels(planes), _edges(planes)]
    return [sentence for sentence in found if sentence]


def _linear(pairs: Sequence[tuple[Floats, Floats]]) -> str:
    """One number added, or a scale and an offset, for all images."""
    ours = np.concatenate([one.reshape(-1) for one, _ in pairs])
    theirs = np.concatenate([other.reshape(-1) for _, other in pairs])
    apart = theirs - ours
    if apart.std() <= 1e-3 * abs(apart.mean()):
        return f"the same number, {apart.mean():.4g}, is added everywhere"
    if ours.std() == 0:
        return ""
    scale, offset = np.polyfit(ours, theirs, 1)
    left = theirs - (scale * ours + offset)
    share = 1 - left.var() / max(theirs.var(), 1e-30)
    if share >= _LINEAR and left.var() < 0.1 * apart.var():
        return f"nearly the reference's × {scale:.4g} {offset:+.4g}"
    return ""


def _channels(planes: Sequence[tuple[Floats, Floats]]) -> str:
    counts = {len(ours) for ours, _ in planes}
    if counts != {3}:
        return ""
    squares = sum(np.square(theirs - ours).sum(axis=(1, 2)) for ours, theirs in planes)
    shares = np.asarray(squares) / max(float(np.sum(squares)), 1e-30)
    most = int(shares.argmax())
    if shares[most] >= _MOSTLY:
        return (
            f"in channel {most} alone" if shares[most] > 1 - 1e-6 else f"mostly in channel {most}"
        )
    return ""


def _edges(planes: Sequence[tuple[Floats, Floats]]) -> str:
    """Whether it is where the picture changes, or where it is flat."""
    beside, flat, where = [], [], 0.0
    for ours, theirs in planes:
        if min(ours.shape[1:]) < 3:
            continue
        down, across = np.gradient(ours, axis=(1, 2))
        steep = np.hypot(down, across).max(axis=0)
        apart = np.abs(theirs - ours).max(axis=0)
        limit = np.median(steep)
        beside.append(apart[steep > limit].mean() if (steep > limit).any() else 0.0)
        flat.append(apart[steep <= limit].mean())
        where = max(where, float((apart > 0).mean()))
    if not beside:
        return ""
    ratio = (np.mean(beside) + 1e-12) / (np.mean(flat) + 1e-12)
    if ratio >= _EDGES:
        return "beside edges rather than in flat areas"
    return "in flat areas rather than beside edges" if ratio <= 1 / _EDGES else ""


def _array(value: Any) -> Floats:
    return np.asarray(value.pixels if isinstance(value, Decoded) else value, np.float64)


def _planes(step: str, array: Floats) -> Floats:
    """(C, H, W)"""
    return array.transpose(2, 0, 1) if step in (DECODED.name, IMAGE.name) else array


def _sides(shape: tuple[int, ...]) -> str:
    return "×".join(str(side) for side in shape) or "a number"
