"""Another decoder of JPEGs: no difference that has a name, but one of the size decoders have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ml_ci.data.container import format_of
from ml_ci.data.decode import Decoded
from ml_ci.data.refusal import ImageError
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.decoded.jpeg import FAULTS as JPEG
from ml_ci.parity.faults.fault import Described, Evidence, Fault, Remedy, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import DECODED

# Levels. The standard allows decoders 1 in a channel of YCbCr, which the conversion to RGB makes 2;
# measured between decoders of one size of chroma: 2 (libjpeg-turbo#489).
_MOST = 3.0
_MEAN = 0.75
_KNOWN = tuple(fault for fault in JPEG if fault.id in ("chroma-nearest", "idct-fast"))


@dataclass(frozen=True, kw_only=True)
class AnotherDecoder(Described):
    """It cannot be run: it is known by its differences alone."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """None: which decoder it is is not known."""
        del reference
        return []

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """One, where only JPEGs differ, and those by a few levels."""
        largest = 0.0
        for content, made in zip(evidence.given, evidence.made, strict=True):
            apart = _apart(content, made, reference)
            if apart is None:
                return []
            largest = max(largest, apart)
        known = any(_explains(fault, evidence, reference) for fault in _KNOWN)
        return [self._variant(largest)] if largest and not known else []

    def _variant(self, largest: float) -> Variant:
        return Variant(
            fault=self.id,
            step=self.step,
            parameters={"levels": largest},
            said=f"another JPEG decoder: JPEGs alone, by {largest:g} levels at most",
            remedy=Remedy(
                server="decode with libjpeg-turbo as Pillow does (accurate DCT, fancy upsampling), "
                "or send PNG",
                script="follow the device: decode training pictures with its decoder",
            ),
            make=lambda content, reference: reference.decode(content),
            grain=largest,
        )


def _explains(fault: Fault, evidence: Evidence, reference: Reference) -> bool:
    """Whether a decoder that has a name gives exactly what the target has."""

    def gives(variant: Variant) -> bool:
        pairs = zip(evidence.given, evidence.made, strict=True)
        try:
            return all(
                np.array_equal(variant.make(content, reference).pixels, made.pixels)
                for content, made in pairs
                if format_of(content) == "JPEG"
            )
        except StepError:
            return False

    return any(gives(variant) for variant in fault.variants(reference))


def _apart(content: bytes, made: object, reference: Reference) -> float | None:
    """The largest difference in levels; None where it is none that another decoder makes."""
    if not isinstance(made, Decoded):
        return None
    try:
        decoded, is_jpeg = reference.decode(content), format_of(content) == "JPEG"
        ours, theirs = (reference.flatten(one, content) for one in (decoded, made))
    except (StepError, ImageError):
        return None
    if ours.shape != theirs.shape:
        return None
    difference = np.abs(ours.astype(np.float64) - theirs.astype(np.float64))
    largest = float(difference.max(initial=0.0))
    if not is_jpeg:
        return 0.0 if largest == 0 else None
    return largest if largest <= _MOST and float(difference.mean()) <= _MEAN else None


FAULTS = (
    AnotherDecoder(
        id="jpeg-decoder",
        step=DECODED.name,
        title="Another JPEG decoder",
        symptom="JPEGs are 1 to 3 levels off, other formats as before",
        source="https://github.com/image-rs/jpeg-decoder/issues/91",
        witness="a JPEG",
    ),
)
