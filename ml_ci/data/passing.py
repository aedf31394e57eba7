"""Passing: what the files and the pixels of a passage say, from the bytes at both of its ends."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml_ci.data.decode import DecodeRule, ImageError, read_image
from ml_ci.data.handling import handling_of, text_around
from ml_ci.data.inspection import inspect
from ml_ci.data.orientation import upright
from ml_ci.data.passage import Passage

_FIELDS = 16  # per side, of the thumbnail that two pictures are compared by
_FLAT = 1.0  # standard deviation in grey levels below which a picture shows nothing
_CLEARLY = 0.02  # by this much more alike: turned
Pixels = NDArray[np.uint8]


def passage_of(sent: bytes, received: bytes, rule: DecodeRule) -> Passage:
    """What became of ``sent``; ``rule`` is how both would be decoded."""
    as_text, content = _read_text(received)
    before, after = inspect(sent), inspect(content)
    unknown = Passage(
        sent=before,
        received=after,
        handling=handling_of(sent, received),
        as_text=as_text,
        pixels="unknown",
        likeness=None,
        turned=False,
        seen_equal=False,
    )
    ours, theirs = (_pixels(one, rule) for one in (sent, content))
    if ours is None or theirs is None:
        return unknown
    return _compared(unknown, ours, theirs, turning=rule.orientation == "exif")


def _read_text(received: bytes) -> tuple[str | None, bytes]:
    """The kind of text and the image it stands for; where it stands for none, the bytes."""
    text = text_around(received)
    if text is None or inspect(text[1]).format is None:
        return None, received
    return text


def _compared(passage: Passage, ours: Pixels, theirs: Pixels, *, turning: bool) -> Passage:
    """``ours`` and ``theirs``: pixels as stored; ``turning``: decoding follows EXIF."""
    before, after = passage.sent.orientation, passage.received.orientation
    turned = upright(ours, before)
    as_stored, as_seen = likeness(ours, theirs), likeness(turned, theirs)
    seen = (turned, upright(theirs, after)) if turning else (ours, theirs)
    equal = np.array_equal(ours, theirs)
    return replace(
        passage,
        pixels="equal" if equal else "turned" if np.array_equal(turned, theirs) else "other",
        likeness=max(as_stored, as_seen),
        turned=as_seen > as_stored + _CLEARLY,
        # Nobody decodes text, however well what it stands for would decode
        seen_equal=passage.as_text is None and np.array_equal(*seen),
    )


def likeness(one: Pixels, other: Pixels) -> float:
    """0–1: how well the brightness of two pictures of any size, uint8 H×W×3, goes together."""
    ours, theirs = _thumbnail(one), _thumbnail(other)
    spread = ours.std(), theirs.std()
    if max(spread) < _FLAT:
        return 1.0 if abs(ours.mean() - theirs.mean()) < 255 / _FIELDS else 0.0
    if min(spread) == 0:
        return 0.0
    product = ((ours - ours.mean()) * (theirs - theirs.mean())).mean()
    return max(0.0, float(product / (spread[0] * spread[1])))


def _thumbnail(pixels: Pixels) -> NDArray[np.float64]:
    fields = Image.fromarray(pixels).convert("L").resize((_FIELDS, _FIELDS), Image.Resampling.BOX)
    return np.asarray(fields, np.float64)


def _pixels(content: bytes, rule: DecodeRule) -> Pixels | None:
    """(H, W, 3) as stored; None where it cannot be decoded."""
    try:
        return read_image(content, replace(rule, orientation="ignore")).image
    except ImageError:
        return None
