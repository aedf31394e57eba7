"""Reading one section of params.yaml, with every problem named by line, key and expectation."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, RootModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarbool import ScalarBoolean

from ml_ci.artifacts import paths
from ml_ci.errors import UserError
from ml_ci.params.parsing import parsed
from ml_ci.params.problems import Document, as_one, odd_values, problems_of


class Settings(BaseModel):
    """A frozen group of settings: every key required, unknown keys and wrong types refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class AnySection(BaseModel):
    """A top-level section of params.yaml; ``section`` is its key there."""

    section: ClassVar[str]


class Section(AnySection, Settings):
    """One whose keys are known."""


V = TypeVar("V")


class NamedSection(AnySection, RootModel[dict[str, V]], Generic[V]):
    """One whose keys are names that the user gives."""

    model_config = ConfigDict(frozen=True, strict=True)


S = TypeVar("S", bound=AnySection)


def read_section(kind: type[S], path: Path = paths.PARAMS) -> S:
    """The section ``kind.section`` of params.yaml.

    Raises UserError naming every unknown, missing or mistyped key with its line.
    """
    document = Document(path=path, root=read_document(path))
    if kind.section not in document.root:
        named = issubclass(kind, NamedSection)
        keys = "names of your own" if named else f"the keys {', '.join(kind.model_fields)}"
        raise UserError(
            what=f"the section `{kind.section}` is missing",
            where=str(path),
            fix=f"add `{kind.section}:` with {keys}",
        )
    odd = odd_values(document, (kind.section,))
    if odd:
        raise as_one(odd)
    try:
        return kind.model_validate(plain(document.root[kind.section]))
    except ValidationError as invalid:
        raise as_one(problems_of(document, kind.section, kind, invalid)) from None


def read_document(path: Path = paths.PARAMS) -> CommentedMap:
    """The whole of params.yaml, with line numbers; shared, so it is not to be changed.

    Raises UserError when it is not a mapping.
    """
    return _document(path, _text(path))


def read_plain(path: Path = paths.PARAMS) -> dict[str, Any]:
    """The whole of a YAML file as plain values, not validated; shared; errors as `read_document`'s.

    Without line numbers, and faster: for what a stage, a receipt or a report wants of it.
    """
    return _plain(path, _text(path))


@lru_cache(maxsize=4)
def _document(path: Path, text: str) -> CommentedMap:
    try:
        document = YAML(typ="rt").load(text)
    except YAMLError as error:
        raise _not_yaml(path, error) from None
    if not isinstance(document, CommentedMap):
        raise UserError(
            what=f"{path} holds no sections", where=str(path), fix="restore the file with git"
        )
    return document


@lru_cache(maxsize=4)
def _plain(path: Path, text: str) -> dict[str, Any]:
    try:
        document = parsed(text)
    except YAMLError:
        document = None
    # The slower parser says what is wrong, and where
    content: dict[str, Any] = plain(
        document if isinstance(document, dict) else _document(path, text)
    )
    return content


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(
            what=f"{path} is missing",
            where=str(Path.cwd()),
            fix="run the command in the repository's root, or restore the file with git",
        ) from None
    except UnicodeDecodeError as error:
        raise _not_yaml(path, error) from None


def plain(node: Any) -> Any:
    """ruamel's nodes as plain Python values, which strict validation accepts."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    if isinstance(node, ScalarBoolean):  # one with an anchor; an int to Python
        return bool(node)
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _not_yaml(path: Path, error: Exception) -> UserError:
    mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
    words = error.problem if isinstance(error, MarkedYAMLError) else str(error)
    return UserError(
        what=f"{path} is not valid YAML: {' '.join(str(words).split())}",
        where=str(path) if mark is None else f"{path}:{mark.line + 1}",
        fix="correct this place or the lines above it; indentation, and quotes around what begins "
        "with `[`, `{`, `@` or a backtick, are the usual causes",
    )
