"""YAML as plain values: a content is parsed once per process, however often it is asked for.

A command asks for dvc.yaml once per stage and for params.yaml once per section, and then again for
what the commit holds of them, which is mostly the same bytes.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML


@lru_cache(maxsize=16)
def parsed(text: str) -> Any:
    """The document; shared, so it is not to be changed. Raises YAMLError when it is no YAML.

    By the parser in C, which keeps no line numbers: 0.02 s for dvc.yaml instead of 0.15 s.
    """
    return YAML(typ="safe").load(text)
