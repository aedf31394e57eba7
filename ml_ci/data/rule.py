"""The decode rule as params.yaml sets it."""

from __future__ import annotations

from ml_ci.data.decode import DecodeRule
from ml_ci.params.limits import LimitSettings
from ml_ci.params.preprocess import PreprocessSettings


def decode_rule(preprocess: PreprocessSettings, limits: LimitSettings) -> DecodeRule:
    """Orientation and background of `preprocess`, bounds of `limits`."""
    red, green, blue = preprocess.background
    return DecodeRule(
        orientation=preprocess.orientation,
        background=(red, green, blue),
        max_bytes=limits.bytes,
        max_side=limits.side,
        max_pixels=limits.pixels,
        max_aspect=limits.aspect,
    )
