"""The decode rule travels as JSON, and only a whole one is taken."""

from __future__ import annotations

import json

import pytest

from ml_ci.data.decode import DecodeRule
from tests.builders.images import (
    RULE,
)


def test_decode_rule__round_trip() -> None:
    assert DecodeRule.from_json(RULE.to_json()) == RULE


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        "nonsense",
        RULE.to_json().replace("exif", "sideways"),
        json.dumps({**json.loads(RULE.to_json()), "background": [1, 2]}),
        json.dumps({**json.loads(RULE.to_json()), "more": 1}),
    ],
    ids=["list", "empty", "no JSON", "orientation", "background", "unknown key"],
)
def test_decode_rule__not_one(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every message differs
        DecodeRule.from_json(text)
