"""Model facts: what a side says of the model it serves, wherever it says it.

Our server's model route and the exported file's metadata hold ``class_names``, ``preprocess``,
``decode_rule`` and ``provenance``. An environment, which knows strings only, may hold the same as
JSON under ``model class_names`` and so on, and the file's hash as ``model sha256``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from ml_ci.artifacts.bounds import CLASSES, ROWS, Name, Sha256, Text
from ml_ci.artifacts.record import Record

PREFIX = "model "
"""What the names of these facts begin with in an environment."""

ClassNames = Annotated[tuple[Name, ...], Field(max_length=CLASSES)]
Settings = Annotated[dict[Name, Text], Field(max_length=ROWS)]
"""Name → value as text, the same for values that mean the same: 1 and 1.0."""
T = TypeVar("T")


class ModelFacts(Record):
    """What is not told is None."""

    model_sha256: Sha256 | None
    class_names: ClassNames | None
    """In the order of the probabilities."""
    preprocess: Settings | None
    decode_rule: Settings | None
    provenance: Settings | None
    """Hashes of what the model was made from, and the libraries that exported it."""
    why_unknown: Text
    """Why something is None, where more is known than that it is not told."""


def no_facts(reason: str) -> ModelFacts:
    """Of a side that tells nothing, and why not."""
    return facts_of_document({}).model_copy(update={"why_unknown": reason})


def facts_of_document(document: Mapping[str, Any]) -> ModelFacts:
    """From a JSON object that may come from anywhere; what is malformed counts as not told."""
    problems: list[str] = []

    def read(key: str, kind: TypeAdapter[T], convert: Callable[[Any], object]) -> T | None:
        if document.get(key) is None:
            return None
        try:
            return kind.validate_python(convert(document[key]))
        except (ValidationError, TypeError, RecursionError):
            problems.append(f"its `{key}` is malformed")
            return None

    facts = {
        "model_sha256": read("sha256", TypeAdapter(Sha256), lambda value: value),
        "class_names": read("class_names", TypeAdapter(ClassNames), _listed),
        **{
            key: read(key, TypeAdapter(Settings), settings_of)
            for key in ("preprocess", "decode_rule", "provenance")
        },
    }
    return ModelFacts.model_validate(facts | {"why_unknown": "; ".join(problems)})


def facts_of_strings(strings: Mapping[str, str]) -> ModelFacts:
    """From JSON texts by key: a model file's metadata, the hash added to it as ``sha256``."""
    document: dict[str, Any] = {}
    for key, text in strings.items():
        try:
            document[key] = text if key == "sha256" else json.loads(text)
        except (ValueError, RecursionError):
            document[key] = text  # malformed, as is said when it is read
    return facts_of_document(document)


def facts_of_environment(environment: Mapping[str, str]) -> ModelFacts:
    """From those entries of an environment that begin with ``model ``."""
    return facts_of_strings(
        {
            name.removeprefix(PREFIX): value
            for name, value in environment.items()
            if name.startswith(PREFIX)
        }
    )


def settings_of(values: Mapping[str, Any]) -> dict[str, str]:
    """Settings as text; an object in them becomes ``outer.inner``.

    Raises TypeError when ``values`` is no mapping of names.
    """
    if not isinstance(values, Mapping):
        raise TypeError("settings are an object")
    flat: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": _text(one) for inner, one in value.items()}
        else:
            flat[str(name)] = _text(value)
    return flat


def _listed(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise TypeError("class names are a list")
    return tuple(value)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_text, value))}]"
    return json.dumps(value, sort_keys=True)
