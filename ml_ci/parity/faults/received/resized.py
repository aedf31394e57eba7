"""Resized on the way: smaller, or larger, files of the same pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ml_ci.data.inspection import Inspection, inspect
from ml_ci.data.orientation import UPRIGHT
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.encoding import SUBSAMPLINGS, jpeg, png
from ml_ci.parity.faults.fault import Described, Evidence, Parameter, Remedy, Value, Variant
from ml_ci.parity.faults.guarding import guarded
from ml_ci.parity.faults.passing import ORIENTATIONS, Passing
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.resizing import FILTERS, Rule, resized, rule_of
from ml_ci.steps import RECEIVED

_COMPARED = 3  # images on which filter and orientation are chosen
_LOSSLESS = 0


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What is sent in place of a file."""

    rule: Rule
    filter: str = "bilinear"
    quality: int = _LOSSLESS
    """Of a JPEG; 0: a PNG."""
    subsampling: str = "4:2:0"
    passing: Passing = field(default_factory=lambda: Passing(orientation="applied"))

    def of(self, content: bytes, reference: Reference) -> bytes:
        """The bytes; those of ``content`` where the size stays."""
        picture = self.passing.picture(content, reference)
        if self.rule.size_of(picture.shape[:2]) == picture.shape[:2]:
            return content
        picture, exif = resized(picture, self.rule, self.filter), self.passing.exif(content)
        if self.quality == _LOSSLESS:
            return png(picture, exif=exif)
        return jpeg(picture, self.quality, self.subsampling, exif=exif)


@dataclass(frozen=True, kw_only=True)
class ResizedBefore(Described):
    """Uploads are resized."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The longer side, in pixels."""
        return (Parameter(name="longest", low=16, high=4096, whole=True),)

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """At most 1024 px as a JPEG, twice the model's size, a thumbnail."""
        side = 2 * max(reference.settings.size)
        usual = [
            Sent(rule=Rule(kind="longest", value=1024), quality=85),
            Sent(rule=Rule(kind="longest", value=side)),
            Sent(rule=Rule(kind="longest", value=160), quality=75),
        ]
        return [self._variant(sent) for sent in usual]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Rule from the sizes, quality from the tables, filter and orientation by trying."""
        pairs = [
            (given, made)
            for given, made in zip(evidence.given, evidence.made, strict=True)
            if isinstance(made, bytes)
        ]
        seen = [(inspect(given), inspect(made)) for given, made in pairs]
        if not seen or any(one.sides is None for both in seen for one in both):
            return []
        changed = [
            (*pair, *both)
            for pair, both in zip(pairs, seen, strict=True)
            if sorted(both[0].sides or ()) != sorted(both[1].sides or ())
        ]
        changed.sort(key=lambda one: len(one[0]))
        some = [(given, made) for given, made, _, _ in changed[:_COMPARED]]
        some += [(given, made) for given, made, sent, _ in changed if sent.orientation != UPRIGHT][
            :_COMPARED
        ]
        options = []
        for orientation in ORIENTATIONS:
            rule = rule_of(
                [
                    (_size(sent), _size(sent))
                    if given == made
                    else (_size(sent, orientation), _size(received))
                    for (given, made), (sent, received) in zip(pairs, seen, strict=True)
                ]
            )
            if rule is None:
                continue
            start = _coded(Sent(rule=rule), [received for _, _, _, received in changed])
            passing = Passing(orientation=orientation)
            options += [replace(start, filter=name, passing=passing) for name in FILTERS]
        if not options:
            return []
        return [self._variant(min(options, key=lambda one: _far(one, some, reference)))]

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This longer side at most."""
        del reference
        return self._variant(Sent(rule=Rule(kind="longest", value=round(values[0]))))

    def _variant(self, sent: Sent) -> Variant:
        kind = f"JPEG, quality {sent.quality}" if sent.quality else "PNG"
        parameters: dict[str, Value] = {
            sent.rule.kind: sent.rule.value,
            "filter": sent.filter,
            "quality": sent.quality,
            "orientation": sent.passing.orientation,
        }
        return Variant(
            fault=self.id,
            step=self.step,
            parameters=parameters,
            said=f"every picture is resized on the way, until {sent.rule.words} ({sent.filter}; "
            f"sent as {kind})",
            remedy=Remedy(
                server="send the file's own bytes: look for a preview, a thumbnail or a limit of "
                "the upload widget; where the bytes arrive as they were sent, the server resizes "
                "before preprocessing",
                script="resize training pictures in the same way first",
            ),
            make=guarded(sent.of),
            grain=1.0,  # some compute in integers
        )


def _size(inspection: Inspection, orientation: str = "kept") -> tuple[int, int]:
    """Height and width, turned where EXIF says so and it is ``applied``."""
    width, height = inspection.sides or (0, 0)
    turned = orientation == "applied" and inspection.orientation >= 5  # these exchange them
    return (width, height) if turned else (height, width)


def _coded(sent: Sent, received: Sequence[Inspection]) -> Sent:
    """With the quality of the JPEGs that arrived, if there are any."""
    coded = [one for one in received if one.quality is not None]
    if not coded or coded[0].quality is None:
        return sent
    sampling = coded[0].sampling if coded[0].sampling in SUBSAMPLINGS else "4:2:0"
    return replace(sent, quality=coded[0].quality.value, subsampling=sampling)


def _far(sent: Sent, pairs: Sequence[tuple[bytes, bytes]], reference: Reference) -> float:
    """Mean absolute difference of the pictures that both sides' bytes give."""
    far = 0.0
    for given, made in pairs:
        try:
            ours, theirs = (
                reference.flatten(reference.decode(one), one).astype(np.float64)
                for one in (sent.of(given, reference), made)
            )
        except (StepError, ValueError):
            far += 255.0
            continue
        far += float(np.abs(ours - theirs).mean()) if ours.shape == theirs.shape else 255.0
    return far


FAULTS = (
    ResizedBefore(
        id="resized-on-the-way",
        step=RECEIVED.name,
        title="Resized on the way",
        symptom="large pictures are answered slightly otherwise, small ones as before",
        source="https://github.com/gradio-app/gradio/issues/14",
        witness="a picture larger than what is sent",
    ),
)
