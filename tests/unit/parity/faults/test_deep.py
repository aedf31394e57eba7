"""16 bits to 8, by the decoder and after it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.data.decode import Decoded
from ml_ci.parity.faults.fault import Seen
from ml_ci.parity.faults.reference import Reference
from tests.builders.fault_targets import named, redecoded, retouched

IMAGES = [f"16 bits, {channels} channels" for channels in (1, 2, 3, 4)] + ["wide.png", "palette"]
EIGHT = {"I;16": "L", "LA;16": "LA", "RGB;16": "RGB", "RGBA;16": "RGBA"}
RULES: dict[str, Any] = {
    "high byte": lambda levels: levels // 256,
    "low byte": lambda levels: levels % 256,
    "clipped": lambda levels: levels.clip(max=255),
    "÷ 256": lambda levels: (levels / 256).round().clip(max=255),
    "÷ 257, truncated": lambda levels: levels / 257,
    "min–max": lambda levels: ((levels - levels.min()) / np.ptp(levels) * 255).round(),
    "÷ maximum": lambda levels: (levels / levels.max() * 255).round(),
    "Pillow": lambda levels: levels.clip(max=255) if levels.shape[2] == 1 else levels // 256,
}


def narrowed(decoded: Decoded, rule: Any) -> Decoded:
    if decoded.mode not in EIGHT:
        return decoded
    levels = rule(decoded.pixels.astype(np.int64))
    return Decoded(pixels=levels.astype(np.uint8), mode=EIGHT[decoded.mode])


def after_decoding(rule: Any) -> Any:
    def make(seen: Seen, reference: Reference) -> Any:
        return reference.flatten(narrowed(seen.decoded, rule), seen.content)

    return make


@pytest.mark.parametrize("rule", RULES)
def test_deep_levels__is_named(rule: str) -> None:
    assert [{"rule": rule}] == named("deep-levels", after_decoding(RULES[rule]), IMAGES)


@pytest.mark.parametrize("rule", RULES)
def test_decoder_narrows__is_named(rule: str) -> None:
    target = redecoded(lambda _, decoded: narrowed(decoded, RULES[rule]))
    assert [{"rule": rule}] == named("decoder-narrows", target, IMAGES)


def test_decoder_narrows__silent_where_it_does_so_by_the_rule() -> None:
    target = redecoded(lambda _, decoded: narrowed(decoded, lambda levels: (levels / 257).round()))
    assert [] == named("decoder-narrows", target, IMAGES)


@pytest.mark.parametrize("fault", ["deep-levels", "decoder-narrows"])
def test_deep__silent_on_the_clean_side(fault: str) -> None:
    assert [] == named(fault, None)


def test_deep_levels__silent_where_all_depths_are_darker() -> None:
    assert [] == named("deep-levels", retouched(lambda picture: picture // 2), IMAGES)
