"""Inks converted in another way by the decoder."""

from __future__ import annotations

from ml_ci.parity.faults.inks import ways
from ml_ci.parity.faults.ways import Ways
from ml_ci.steps import DECODED

FAULTS = (
    Ways(
        id="decoder-converts-cmyk",
        step=DECODED.name,
        title="CMYK converted to RGB by another rule, by the decoder",
        symptom="only CMYK pictures are answered otherwise, often as negatives",
        source="https://github.com/haraldk/TwelveMonkeys/issues/147",
        witness="a CMYK JPEG",
        parameter="rule",
        ways=ways(DECODED.name),
    ),
)
