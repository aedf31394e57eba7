"""Model facts: read from wherever a side tells them, trusting nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ml_ci.artifacts.model_facts import (
    facts_of_document,
    facts_of_environment,
    facts_of_strings,
    no_facts,
    settings_of,
)

DOCUMENT = {
    "sha256": "a" * 64,
    "class_names": ["cat", "dog"],
    "preprocess": {"size": [32, 32], "clamp": True, "resize_ratio": 1.0},
    "decode_rule": {"orientation": "exif"},
    "provenance": {"weights_sha256": "b" * 64, "versions": {"torch": "2.13.0"}},
}


def test_facts_of_document__are_what_it_says() -> None:
    facts = facts_of_document(DOCUMENT | {"name": "digits", "version": 1})
    assert {
        "model_sha256": "a" * 64,
        "class_names": ("cat", "dog"),
        "preprocess": {"size": "[32, 32]", "clamp": "true", "resize_ratio": "1"},
        "decode_rule": {"orientation": "exif"},
        "provenance": {"weights_sha256": "b" * 64, "versions.torch": "2.13.0"},
        "why_unknown": "",
    } == facts.model_dump()


def test_facts_of_strings__are_those_of_the_document() -> None:
    texts = {key: json.dumps(value) for key, value in DOCUMENT.items()} | {"sha256": "a" * 64}
    assert facts_of_document(DOCUMENT) == facts_of_strings(texts)


def test_facts_of_environment__stand_between_other_entries() -> None:
    entries = {
        "python": "3.11",
        "model sha256": "a" * 64,
        "model class_names": '["cat", "dog"]',
        "sha256": "b" * 64,
    }
    facts = facts_of_environment(entries)
    assert ("a" * 64, ("cat", "dog"), None) == (
        facts.model_sha256,
        facts.class_names,
        facts.preprocess,
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("sha256", "abc", id="no hash"),
        pytest.param("sha256", 3, id="a number for a hash"),
        pytest.param("class_names", "cat", id="a text for a list"),
        pytest.param("class_names", [1, 2], id="numbers for names"),
        pytest.param("preprocess", [], id="a list for settings"),
        pytest.param("decode_rule", "exif", id="a text for settings"),
        pytest.param("provenance", 1, id="a number for settings"),
        pytest.param("provenance", {str(n): 0 for n in range(1001)}, id="too many settings"),
    ],
)
def test_facts_of_document__that_is_malformed(key: str, value: Any) -> None:
    facts = facts_of_document(DOCUMENT | {key: value})
    name = "model_sha256" if key == "sha256" else key
    assert [name] == [field for field, content in facts.model_dump().items() if content is None]
    assert f"its `{key}` is malformed" == facts.why_unknown


def test_facts_of_strings__that_are_no_json() -> None:
    facts = facts_of_strings({"class_names": "cat, dog", "preprocess": "[" * 100_000})
    assert "its `class_names` is malformed; its `preprocess` is malformed" == facts.why_unknown


def test_no_facts__say_why() -> None:
    facts = no_facts("it was not asked").model_dump()
    assert "it was not asked" == facts.pop("why_unknown")
    assert {None} == set(facts.values())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(1, "1", id="a whole number"),
        pytest.param(1.0, "1", id="the same as a float"),
        pytest.param(0.5, "0.5", id="a fraction"),
        pytest.param(False, "false", id="no"),
        pytest.param(None, "null", id="nothing"),
        pytest.param([0.5, 1.0], "[0.5, 1]", id="a list"),
        pytest.param("exif", "exif", id="a word"),
    ],
)
def test_settings_of__one_value(value: object, text: str) -> None:
    assert {"name": text} == settings_of({"name": value})
