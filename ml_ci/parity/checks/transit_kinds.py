"""Kinds of change on the way: one small definition each, from a passage to words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ml_ci.data.inspection import Inspection
from ml_ci.data.orientation import UPRIGHT
from ml_ci.data.passage import Passage

Says = Callable[[Passage], str | None]
"""What happened to one image, None: nothing of this kind. Images with the same words are counted
together, so no words hold a number that every image has its own of."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One way in which what is received differs from what was sent."""

    name: str
    says: Says
    detail: Callable[[Sequence[Passage]], str] | None = None
    """The numbers of all images that it happened to."""
    harmless: bool = False
    """By itself it changes no pixel that ml-ci's decoding gives."""


def _handled(*kinds: str) -> Says:
    def says(passage: Passage) -> str | None:
        handling = passage.handling
        return handling.how if handling is not None and handling.kind in kinds else None

    return says


def _anew(says: Says) -> Says:
    """Only where there is another file, of the same picture."""

    def of_another_file(passage: Passage) -> str | None:
        is_one = passage.handling is None and passage.received.format is not None
        return says(passage) if is_one and not passage.is_another_picture else None

    return of_another_file


def _cut_off(passage: Passage) -> str | None:
    if passage.handling is not None:
        return _handled("cut off")(passage)
    broken = passage.received.incomplete if passage.sent.incomplete is None else None
    return None if broken is None else f"another file, and {broken}"


def _arrived(passages: Sequence[Passage]) -> str:
    shares = [
        passage.handling.kept / passage.sent.size
        for passage in passages
        if passage.handling is not None and passage.sent.size
    ]
    return f"{_span(shares, '{:.0%}')} of the bytes arrived" if shares else ""


def _no_image(passage: Passage) -> str | None:
    if passage.handling is not None or passage.received.format is not None:
        return None
    return f"it begins with {passage.received.head!r}"


def _another_picture(passage: Passage) -> str | None:
    is_one = passage.handling is None and passage.is_another_picture
    return "it shows something else" if is_one else None


def _alike(passages: Sequence[Passage]) -> str:
    alike = [passage.likeness for passage in passages if passage.likeness is not None]
    return f"its brightness correlates by {_span(alike, '{:.2f}')} with what was sent"


def _is_another_format(passage: Passage) -> bool:
    sent, received = passage.sent, passage.received
    return sent.format != received.format or sent.lossless != received.lossless


def _format(passage: Passage) -> str | None:
    if not _is_another_format(passage):
        return None
    return f"{_family(passage.sent)} encoded anew as {passage.received.coding}"


def _recompressed(passage: Passage) -> str | None:
    sent, received = passage.sent, passage.received
    if _is_another_format(passage) or received.lossless or passage.pixels == "equal":
        return None
    if sent.picture_sha256 == received.picture_sha256:
        return None
    return f"{_family(sent)} encoded anew as {received.coding}"


def _before(passages: Sequence[Passage]) -> str:
    qualities = [passage.sent.quality.value for passage in passages if passage.sent.quality]
    return f"the quality was {_span(qualities, '{}')}" if qualities else ""


def _sampling(passage: Passage) -> str | None:
    before, after = passage.sent.sampling, passage.received.sampling
    return f"{before} became {after}" if before and after and before != after else None


def _progressive(passage: Passage) -> str | None:
    sent, received = passage.sent, passage.received
    if not sent.format == received.format == "JPEG" or sent.progressive == received.progressive:
        return None
    return "baseline became progressive" if received.progressive else "progressive became baseline"


def _resized(passage: Passage) -> str | None:
    before, after = passage.sent.sides, passage.received.sides
    if before is None or after is None or sorted(before) == sorted(after):
        return None
    return "resized"


def _sizes(passages: Sequence[Passage]) -> str:
    first, sides = passages[0], [passage.received.sides or (0, 0) for passage in passages]
    example = f"{_times(first.sent.sides or (0, 0))} became {_times(sides[0])}"
    if len(passages) == 1:
        return example
    return f"{example}; the longer side is now {_span([max(side) for side in sides], '{}')}"


def _orientation(passage: Passage) -> str | None:
    before, after = passage.sent.orientation, passage.received.orientation
    if passage.turned:
        still = "" if after == UPRIGHT else f", and EXIF's orientation still says {after}"
        return f"the pixels were turned upright{still}"
    if before == after:
        return None
    if after == UPRIGHT:
        return "EXIF's orientation is gone and the pixels were not turned"
    return f"EXIF's orientation became {after}"


def _exif(passage: Passage) -> str | None:
    before, after = passage.sent.has_exif, passage.received.has_exif
    return None if before == after else "EXIF is gone" if before else "EXIF was added"


def _profile(passage: Passage) -> str | None:
    before, after = passage.sent.profile_sha256, passage.received.profile_sha256
    if before == after:
        return None
    if after is None:
        return "the ICC profile is gone"
    return "an ICC profile was added" if before is None else "the ICC profile is another"


def _layout(passage: Passage) -> str | None:
    before, after = passage.sent.layout, passage.received.layout
    return f"{before} became {after}" if before and after and before != after else None


def _only_metadata(passage: Passage) -> bool:
    before, after = passage.sent.picture_sha256, passage.received.picture_sha256
    return before is not None and before == after


def _metadata(passage: Passage) -> str | None:
    return "the compressed picture is untouched" if _only_metadata(passage) else None


def _lossless(passage: Passage) -> str | None:
    if passage.pixels not in ("equal", "turned") or _only_metadata(passage):
        return None
    return f"{_family(passage.sent)} written anew as {_family(passage.received)}, the same pixels"


KINDS = (
    Kind(name="cut off", says=_cut_off, detail=_arrived),
    Kind(name="wrapped", says=_handled("wrapped")),
    Kind(name="left as text", says=lambda passage: passage.as_text),
    Kind(name="damaged as text", says=_handled("damaged as text")),
    Kind(name="left compressed", says=_handled("compressed")),
    Kind(name="no image", says=_no_image),
    Kind(name="another picture", says=_another_picture, detail=_alike),
    Kind(name="another format", says=_anew(_format)),
    Kind(name="recompressed", says=_anew(_recompressed), detail=_before),
    Kind(name="chroma subsampling", says=_anew(_sampling)),
    Kind(name="progressive", says=_anew(_progressive), harmless=True),
    Kind(name="size", says=_anew(_resized), detail=_sizes),
    Kind(name="orientation", says=_anew(_orientation)),
    Kind(name="pixel layout", says=_anew(_layout)),
    Kind(name="EXIF", says=_anew(_exif), harmless=True),
    # ml-ci's decoding uses the numbers in the file, whatever profile lies beside them
    Kind(name="ICC profile", says=_anew(_profile), harmless=True),
    Kind(name="metadata only", says=_anew(_metadata), harmless=True),
    Kind(name="lossless", says=_anew(_lossless), harmless=True),
)


def _family(inspection: Inspection) -> str:
    """The format, without what an encoder was told."""
    if inspection.format == "WebP":
        return inspection.coding
    return inspection.format or "no image"


def _times(sides: tuple[int, int]) -> str:
    return f"{sides[0]}×{sides[1]}"


def _span(values: Sequence[float], form: str) -> str:
    """``12 to 97``, or the one value that all have."""
    lowest, highest = form.format(min(values)), form.format(max(values))
    return lowest if lowest == highest else f"{lowest} to {highest}"
