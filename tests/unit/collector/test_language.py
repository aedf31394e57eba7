"""What an old device can run: the language of Python 3.6, numpy, Pillow and nothing else."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from ml_ci.collector import collect
from ml_ci.steps import LADDER

SOURCE = Path(collect.__file__).read_text(encoding="utf-8")
OLDEST = (3, 6)
# Newer than 3.6, and not told by the grammar
NEWER_NAMES = {
    "dataclasses",
    "tomllib",
    "zoneinfo",
    "graphlib",
    "contextvars",
    "removeprefix",
    "removesuffix",
    "fromisoformat",
    "isascii",
    "prod",
    "missing_ok",
    "capture_output",
    "is_relative_to",
    "with_stem",
    "Protocol",
    "Final",
    "Literal",
    "TypedDict",
    "strict",
}


def names(source: str) -> set[str]:
    """Every name, attribute, keyword and module in ``source``."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.keyword):
            found.add(node.arg or "")
        elif isinstance(node, ast.alias):
            found.add(node.name)
    return found


def test_collect__is_written_in_the_oldest_language() -> None:
    ast.parse(SOURCE, feature_version=OLDEST)


@pytest.mark.parametrize(
    "newer", ["if (n := 1): pass", "def f(a, /): pass", "with (a as b, c as d): pass"], ids=str
)
def test_oldest_language__does_not_know_what_is_newer(newer: str) -> None:
    with pytest.raises(SyntaxError):
        ast.parse(newer, feature_version=OLDEST)


def test_collect__has_no_annotations_from_the_future() -> None:
    assert "from __future__" not in SOURCE


def test_collect__uses_nothing_that_is_newer() -> None:
    assert set() == names(SOURCE) & NEWER_NAMES


def test_collect__uses_no_generic_types_that_are_newer() -> None:
    subscripted = {
        node.value.id
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name)
    }
    assert set() == subscripted & {"dict", "list", "tuple", "set", "frozenset", "type"}


def test_collect__imports_the_standard_library_numpy_and_pillow() -> None:
    modules = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(str(node.module).partition(".")[0])
    assert {"numpy", "PIL"} == modules - set(sys.stdlib_module_names)


def test_steps__are_the_ladder() -> None:
    assert collect.STEPS == tuple(step.name for step in LADDER)
