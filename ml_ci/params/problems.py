"""Problems of params.yaml as sentences: which key, on which line, and what was expected there."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, Tag, ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarbool import ScalarBoolean

from ml_ci.errors import CombinedUserError, UserError

_SHOWN_CHARACTERS = 80  # of a value, this many are shown
NO_KIND = ""
"""Tag of the member of a tagged union that has no key `kind`."""
NOT_SHOWN = "not_shown"
"""Type of an error about a value that may be a secret: it is not quoted."""
_KEY = "[key]"  # what pydantic's location ends with when the key itself is wrong
_JSON_SCALARS = (str, bool, int, float, ScalarBoolean, type(None))

Keys = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file of settings with the line of every key."""

    path: Path
    root: CommentedMap

    def place(self, keys: Keys) -> str:
        """``file:line`` of the innermost of ``keys`` that stands in the file."""
        node: Any = self.root
        line = 1
        for key in keys:
            try:
                place = node.lc.key(key) if isinstance(node, CommentedMap) else node.lc.item(key)
                node = node[key]
            except (AttributeError, KeyError, IndexError, TypeError):
                break  # not there, or merged from an anchor: then its mapping has to do
            line = place[0] + 1
        return f"{self.path}:{line}"


def problems_of(
    document: Document, section: str, kind: type[BaseModel], invalid: ValidationError
) -> list[UserError]:
    """One error for everything pydantic found wrong in a section that is read as ``kind``."""
    return [
        _problem(document, section, _follow(kind, tuple(error["loc"])), error)
        for error in invalid.errors(include_url=False)
    ]


def odd_values(document: Document, keys: Keys) -> list[UserError]:
    """What stands below ``keys`` and is no JSON value: dates, sets, NaN, keys that are no text."""
    node: Any = document.root
    for key in keys:
        node = node[key]
    return [
        UserError(what=what, where=document.place(place), fix=fix)
        for place, what, fix in _odd(node, keys)
    ]


def as_one(problems: list[UserError]) -> UserError:
    """The error to raise for one or more problems."""
    return problems[0] if len(problems) == 1 else CombinedUserError(problems)


@dataclass(frozen=True, kw_only=True)
class _Spot:
    """Where a problem lies: its keys as the file has them, and what the settings say there."""

    keys: Keys
    around: type[BaseModel]
    """The innermost group of settings that the last key belongs to."""
    annotation: Any
    """The type of what stands there; None where that is not known."""
    is_key: bool
    """It is the last key itself that is wrong, and not what stands there."""


def _follow(kind: type[BaseModel], location: Keys) -> _Spot:
    """Walk pydantic's location, which names the chosen member of a tagged union like a key."""
    keys: Keys = ()
    around, annotation = kind, _no_null(kind)
    is_key = location[-1:] == (_KEY,)
    for part in location[: -1 if is_key else None]:
        members = _members_by_tag(annotation)
        if part in members:
            annotation = members[part]
            continue
        keys = (*keys, part)
        if _is_model(annotation) and issubclass(annotation, RootModel):
            annotation = annotation.model_fields["root"].annotation
        if _is_model(annotation):
            around = annotation
            field = annotation.model_fields.get(str(part))
            annotation = None if field is None else _no_null(field.annotation)
        else:  # of list[X] and dict[str, X] the last argument is what they hold
            annotation = _no_null(get_args(annotation)[-1]) if get_args(annotation) else None
    return _Spot(keys=keys, around=around, annotation=annotation, is_key=is_key)


def _problem(document: Document, section: str, spot: _Spot, error: Mapping[str, Any]) -> UserError:
    keys = (section, *spot.keys)
    value = error["input"]
    expectation = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if spot.is_key:
        return _wrong_name(document, keys, expectation)
    match error["type"]:
        case "union_tag_invalid":
            return _wrong(document, (*keys, "kind"), value["kind"], _tags(spot.annotation))
        case "union_tag_not_found":
            return _missing(document, (*keys, "kind"), _tags(spot.annotation))
        case "extra_forbidden":
            return UserError(
                what=f"unknown key `{_dotted(keys)}`",
                where=document.place(keys),
                fix="remove it or correct its spelling; "
                f"known: {', '.join(spot.around.model_fields)}",
            )
        case "missing":
            return _missing(document, keys, "every key has to be there, nothing is assumed")
        case "model_type" | "model_attributes_type":
            return _wrong(document, keys, value, _mapping_for(spot.annotation))
        case "dict_type":
            return _wrong(document, keys, value, "a mapping")
        case problem if problem == NOT_SHOWN:
            return UserError(
                what=f"`{_dotted(keys)}` cannot be used, and is not shown, as it may be a secret",
                where=document.place(keys),
                fix=f"expected: {expectation}",
            )
        case "string_type":
            text = "text; in quotes where YAML takes it for something else"
            return _wrong(document, keys, value, text)
    if _is_model(spot.annotation):
        return UserError(
            what=f"the settings of `{_dotted(keys)}` do not go together",
            where=document.place(keys),
            fix=f"expected: {expectation}",
        )
    return _wrong(document, keys, value, expectation)


def _missing(document: Document, keys: Keys, hint: str) -> UserError:
    return UserError(
        what=f"the key `{_dotted(keys)}` is missing",
        where=document.place(keys),
        fix=f"add `{keys[-1]}:`; {hint}",
    )


def _wrong(document: Document, keys: Keys, value: Any, expectation: str) -> UserError:
    return UserError(
        what=f"`{_dotted(keys)}` is {_shown(value)}",
        where=document.place(keys),
        fix=f"expected: {expectation}",
    )


def _wrong_name(document: Document, keys: Keys, expectation: str) -> UserError:
    return UserError(
        what=f"`{_dotted(keys[:-1])}` has the name {_shown(keys[-1])}",
        where=document.place(keys),
        fix=f"expected: {expectation}",
    )


def _tags(union: Any) -> str:
    """What `kind` may be."""
    members = _members_by_tag(union)
    tags = f"one of {', '.join(repr(tag) for tag in members if tag != NO_KIND)}"
    if NO_KIND not in members:
        return tags
    return f"{tags}; or none, and the keys {', '.join(members[NO_KIND].model_fields)}"


def _mapping_for(annotation: Any) -> str:
    if _members_by_tag(annotation):
        return f"a mapping with the key `kind`, {_tags(annotation)}"
    return f"a mapping with the keys {', '.join(annotation.model_fields)}"


def _odd(node: Any, keys: Keys) -> Iterator[tuple[Keys, str, str]]:
    """Place, problem and remedy of every odd value."""
    name = _dotted(keys)
    if isinstance(node, CommentedMap):
        for key, value in node.items():
            if type(key) is int or isinstance(key, str):
                yield from _odd(value, (*keys, key))
            else:
                yield keys, f"`{name}` has the key {_shown(key)}, which is no text", _QUOTES
    elif isinstance(node, CommentedSeq):
        for index, value in enumerate(node):
            yield from _odd(value, (*keys, index))
    elif not isinstance(node, _JSON_SCALARS):
        kind = _YAML_KINDS.get(type(node).__name__, type(node).__name__)
        yield keys, f"`{name}` is {kind} to YAML, which settings do not know", _QUOTES
    elif isinstance(node, float) and not math.isfinite(node):
        yield keys, f"`{name}` is {node}", "expected: a finite number"


_QUOTES = "put it in quotes if text is meant"
_YAML_KINDS = {
    "date": "a date",
    "TimeStamp": "a time",
    "datetime": "a time",
    "bytes": "binary data",
    "CommentedSet": "a set",
    "CommentedOrderedMap": "an ordered mapping",
    "TaggedScalar": "a value with a tag",
}


def _members_by_tag(annotation: Any) -> dict[str | int, Any]:
    """The settings of a union that `kind` chooses from; empty for anything else."""
    if get_origin(annotation) not in (Union, UnionType):
        return {}
    tagged = [(tag, member) for one in get_args(annotation) for tag, member in _tagged(one)]
    return dict(tagged) if len(tagged) > 1 else {}


def _tagged(member: Any) -> list[tuple[str | int, Any]]:
    """A member of a union with the tags that choose it, said by a Tag or by its own `kind`."""
    if get_origin(member) is Annotated:
        model, *marks = get_args(member)
        return [(mark.tag, model) for mark in marks if isinstance(mark, Tag)]
    if not _is_model(member) or "kind" not in member.model_fields:
        return []
    return [(tag, member) for tag in get_args(member.model_fields["kind"].annotation)]


def _no_null(annotation: Any) -> Any:
    """``X`` of ``X | None``, and of what is annotated."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    members = [member for member in get_args(annotation) if member is not type(None)]
    is_union = get_origin(annotation) in (Union, UnionType)
    return members[0] if is_union and len(members) == 1 else annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _dotted(keys: Keys) -> str:
    return ".".join(str(key) for key in keys)


def _shown(value: Any) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
