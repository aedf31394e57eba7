"""Encoded anew on the way: JPEG or WebP of a quality that is estimated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ml_ci.data.container import format_of
from ml_ci.data.inspection import inspect
from ml_ci.data.orientation import UPRIGHT
from ml_ci.data.refusal import ImageError
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.encoding import SUBSAMPLINGS, jpeg, webp
from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Remedy, Value, Variant
from ml_ci.parity.faults.guarding import guarded
from ml_ci.parity.faults.passing import ORIENTATIONS, TRANSPARENCIES, Passing
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import RECEIVED

_COMPARED = 3  # images on which a setting is chosen: the smallest that tell
_SIZED = 6  # images that a WebP's quality is searched on: large ones, for small ones hide it,
_SEARCHED = 200_000  # but none with more bytes, for the time it takes
_AROUND = 3  # qualities on both sides of the one whose size is nearest
_BROWSER = Passing(orientation="applied", transparency="black")


@dataclass(frozen=True, kw_only=True)
class Coding:
    """Everything that was done anew."""

    quality: int
    subsampling: str = "4:2:0"
    """Of JPEG."""
    passing: Passing = field(default_factory=Passing)
    left: tuple[str, ...] = ()
    """Formats that pass as they are."""


@dataclass(frozen=True, kw_only=True)
class Reencoded(Described):
    """Every picture becomes a lossy one."""

    kind: str
    """`JPEG` or `WebP`."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The quality."""
        return (Parameter(name="quality", low=1, high=100, whole=True),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Pillow's usual quality, a browser's canvas, and a high quality."""
        del reference
        usual = [Coding(quality=75), Coding(quality=92, passing=_BROWSER)]
        if self.kind == "JPEG":
            usual.append(Coding(quality=95, subsampling="4:4:4"))
        return [self._variant(coding) for coding in usual]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """A JPEG says its quality itself; a WebP's is searched by size, then by picture."""
        changed = list(_changed(evidence, self.kind))
        if not changed:
            return []
        coding = Coding(quality=75, left=_left(evidence))
        if self.kind == "JPEG":
            known = [inspect(made) for _, made in changed]
            qualities = Counter(one.quality.value for one in known if one.quality)
            samplings = Counter(one.sampling for one in known if one.sampling in SUBSAMPLINGS)
            if not qualities:
                return []
            quality = qualities.most_common(1)[0][0]
            sampling = samplings.most_common(1)[0][0] if samplings else "4:2:0"
            coding = replace(coding, quality=quality, subsampling=sampling)
            return [self._variant(self._passed(coding, changed, reference))]
        coding = self._passed(coding, changed, reference)
        coding = replace(coding, quality=self._searched(coding, changed, reference))
        return [self._variant(coding)]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This quality; orientation and transparency as Pillow loses them."""
        del reference
        return self._variant(Coding(quality=min(max(round(values[0]), 1), 100)))

    def _passed(
        self, coding: Coding, changed: Sequence[tuple[bytes, bytes]], reference: Reference
    ) -> Coding:
        """``coding`` with what became of orientation and transparency."""
        turned = [pair for pair in changed if inspect(pair[0]).orientation != UPRIGHT]
        clear = [pair for pair in changed if "alpha" in inspect(pair[0]).layout]
        for name, choices, telling in (
            ("orientation", ORIENTATIONS, turned),
            ("transparency", TRANSPARENCIES, clear),
        ):
            options = [
                replace(coding, passing=replace(coding.passing, **{name: one})) for one in choices
            ]
            some = sorted(telling, key=lambda pair: len(pair[0]))[:_COMPARED]
            coding = min(options, key=lambda one: self._far(one, some, reference))
        return coding

    def _searched(
        self, coding: Coding, changed: Sequence[tuple[bytes, bytes]], reference: Reference
    ) -> int:
        ranked = sorted(changed, key=lambda pair: len(pair[0]))
        some = [pair for pair in ranked if len(pair[0]) <= _SEARCHED][-_SIZED:] or ranked[:1]
        wanted = sum(len(made) for _, made in some)
        low, high = 1, 100
        while low < high:  # sizes grow with the quality
            middle = (low + high) // 2
            there = replace(coding, quality=middle)
            made = (self._encoded(there, one, reference) for one, _ in some)
            low, high = (middle + 1, high) if sum(map(len, made)) < wanted else (low, middle)
        near = range(max(1, low - _AROUND), min(100, low + _AROUND) + 1)
        return min(near, key=lambda one: self._far(replace(coding, quality=one), some, reference))

    def _far(
        self, coding: Coding, pairs: Sequence[tuple[bytes, bytes]], reference: Reference
    ) -> float:
        """Mean absolute difference of the pictures that both sides' bytes give."""
        far = 0.0
        for given, made in pairs:
            try:
                ours, theirs = (
                    reference.flatten(reference.decode(one), one).astype(np.float64)
                    for one in (self._encoded(coding, given, reference), made)
                )
            except StepError:
                continue
            far += float(np.abs(ours - theirs).mean()) if ours.shape == theirs.shape else 255.0
        return far

    def _encoded(self, coding: Coding, content: bytes, reference: Reference) -> bytes:
        if _format(content) in coding.left:
            return content
        picture, exif = coding.passing.picture(content, reference), coding.passing.exif(content)
        if self.kind == "WebP":
            return webp(picture, coding.quality, exif=exif)
        return jpeg(picture, coding.quality, coding.subsampling, exif=exif)

    def _variant(self, coding: Coding) -> Variant:
        sampling = f", {coding.subsampling}" if self.kind == "JPEG" else ""
        besides = f"; {', '.join(coding.left)} untouched" if coding.left else ""
        parameters: dict[str, Value] = {
            "quality": coding.quality,
            "orientation": coding.passing.orientation,
            "transparency": coding.passing.transparency,
        }
        if self.kind == "JPEG":
            parameters["subsampling"] = coding.subsampling
        if coding.left:
            parameters["untouched"] = coding.left
        return Variant(
            fault=self.id,
            step=self.step,
            parameters=parameters,
            said=f"encoded anew as {self.kind} on the way, quality {coding.quality}{sampling} "
            f"({coding.passing.words}{besides})",
            remedy=Remedy(
                server="send the file's own bytes: look at the upload widget, canvas, gateway or "
                "message queue; where the bytes arrive as they were sent, look for a copy that the "
                "server saves and reads again",
                script="train on pictures that went through the same encoder",
            ),
            make=guarded(lambda content, reference: self._encoded(coding, content, reference)),
        )


def _changed(evidence: Evidence, kind: str) -> Iterator[tuple[bytes, bytes]]:
    """Sent and received, where other bytes of the format arrived."""
    for given, made in zip(evidence.given, evidence.made, strict=True):
        if isinstance(made, bytes) and made != given and _format(made) == kind:
            yield given, made


def _left(evidence: Evidence) -> tuple[str, ...]:
    """Formats of which every image arrived as it was sent, where others did not."""
    arrived: dict[str, bool] = {}
    for given, made in zip(evidence.given, evidence.made, strict=True):
        name = _format(given)
        arrived[name] = arrived.get(name, True) and made == given
    return tuple(sorted(name for name, whole in arrived.items() if whole and name))


def _format(content: bytes) -> str:
    try:
        return format_of(content)
    except ImageError:
        return ""


FAULTS = (
    Reencoded(
        id="jpeg-on-the-way",
        step=RECEIVED.name,
        title="Encoded anew as JPEG on the way",
        symptom="answers are slightly off for all pictures, more for sharp or small ones",
        source="https://github.com/pyronear/pyro-engine/pull/351",
        witness="any picture with detail",
        kind="JPEG",
    ),
    Reencoded(
        id="webp-on-the-way",
        step=RECEIVED.name,
        title="Encoded anew as WebP on the way",
        symptom="answers are slightly off for all pictures, more for sharp or small ones",
        source="plausible",
        witness="any picture with detail",
        kind="WebP",
    ),
)
