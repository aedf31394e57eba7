"""Relevance: which entry of an environment can matter for which step, and why.

What is named here decides about order and words only, never about a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass

from ml_ci.steps import DECODED, IMAGE, LOGITS, PROBABILITIES, RESIZED, TENSOR

# A side that does not record `decoded` parts at `image` when it decodes otherwise
PIXELS = frozenset({DECODED.name, IMAGE.name})
SUMS = frozenset({RESIZED.name, LOGITS.name, PROBABILITIES.name})
FLOATS = SUMS | {TENSOR.name}
NOWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Relevance:
    """One entry: the steps whose result it can change."""

    steps: frozenset[str]
    reason: str


# In the order in which they are worth looking at
RELEVANCE: dict[str, Relevance] = {
    "pillow libjpeg_turbo": Relevance(
        steps=PIXELS,
        reason="it decodes JPEG; versions differ in inverse transform and chroma upsampling",
    ),
    "pillow jpg": Relevance(
        steps=PIXELS,
        reason="the libjpeg interface: 62 or 80 is libjpeg-turbo's, 90 and above another library",
    ),
    "pillow webp": Relevance(steps=PIXELS, reason="it decodes WebP and upsamples its chroma"),
    "pillow": Relevance(
        steps=PIXELS, reason="it decides about modes, palettes, transparency and 16-bit levels"
    ),
    "onnxruntime": Relevance(
        steps=FLOATS,
        reason="it computes the graph; versions differ in kernels and in what they fuse",
    ),
    "torch": Relevance(
        steps=FLOATS, reason="it computes the reference; versions differ in kernels"
    ),
    "device": Relevance(
        steps=FLOATS, reason="another kind of device adds in another order or in fewer bits (TF32)"
    ),
    "threads": Relevance(steps=SUMS, reason="sums are split among threads and added in that order"),
    "instruction sets": Relevance(
        steps=FLOATS, reason="wider registers and fused operations round and add in another order"
    ),
    "machine": Relevance(
        steps=FLOATS | PIXELS, reason="another architecture has other kernels, and other wheels"
    ),
    "processor": Relevance(
        steps=FLOATS, reason="libraries choose their kernels by it, also within one instruction set"
    ),
    "numpy": Relevance(
        steps=FLOATS | {IMAGE.name}, reason="a side may flatten, resize or normalise with it"
    ),
    "libc": Relevance(
        steps=frozenset({LOGITS.name, PROBABILITIES.name}),
        reason="exp() and its like come from it where a library brings none of its own",
    ),
    "system": Relevance(
        steps=PIXELS, reason="wheels for another system are built with other decoders"
    ),
    "python": Relevance(steps=NOWHERE, reason="it decides which wheels fit, and computes nothing"),
    "pillow zlib": Relevance(steps=NOWHERE, reason="inflating PNG has one right result"),
    "pillow zlib_ng": Relevance(steps=NOWHERE, reason="inflating PNG has one right result"),
    "pillow libtiff": Relevance(steps=NOWHERE, reason="TIFF is not taken"),
    "pillow littlecms2": Relevance(steps=NOWHERE, reason="ICC profiles are not applied"),
    "pillow avif": Relevance(steps=NOWHERE, reason="AVIF is not taken"),
}

# First word of a decoder probe's name → entries whose versions stand for what decodes it
DECODERS = {
    "jpeg": ("pillow", "pillow libjpeg_turbo", "pillow jpg"),
    "png": ("pillow", "pillow zlib", "pillow zlib_ng"),
    "webp": ("pillow", "pillow webp"),
}


def matters(entry: str, step: str | None) -> bool:
    """Whether another value of ``entry`` can be why ``step`` gives something else."""
    return entry in RELEVANCE and step in RELEVANCE[entry].steps
