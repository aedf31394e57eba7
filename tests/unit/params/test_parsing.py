"""YAML as plain values."""

from __future__ import annotations

import pytest
from ruamel.yaml.error import YAMLError

from ml_ci.params.parsing import parsed


def test_parsed__is_parsed_once_per_content() -> None:
    text = "a: {b: [1, 2]}"

    assert parsed(text) is parsed("".join(text))


def test_parsed__of_no_yaml_raises() -> None:
    with pytest.raises(YAMLError):
        parsed("a: [1")
