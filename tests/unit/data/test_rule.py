"""The decode rule of params.yaml."""

from __future__ import annotations

from ml_ci.data.rule import decode_rule
from ml_ci.params.limits import LimitSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section


def test_decode_rule__every_setting_arrives() -> None:
    preprocess = read_section(PreprocessSettings).model_copy(
        update={"orientation": "ignore", "background": [1, 2, 3]}
    )
    rule = decode_rule(preprocess, LimitSettings(bytes=4, side=5, pixels=6, aspect=7.5))
    assert (rule.orientation, rule.background) == ("ignore", (1, 2, 3))
    assert (rule.max_bytes, rule.max_side, rule.max_pixels, rule.max_aspect) == (4, 5, 6, 7.5)
