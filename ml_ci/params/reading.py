"""Reading one section of params.yaml, with every problem named by line, key and expectation."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from ml_ci.artifacts import paths
from ml_ci.errors import CombinedUserError, UserError


class Settings(BaseModel):
    """A frozen group of settings: every key required, unknown keys and wrong types refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Section(Settings):
    """A top-level section of params.yaml; ``section`` is its key there."""

    section: ClassVar[str]


S = TypeVar("S", bound=Section)


def read_section(kind: type[S], path: Path = paths.PARAMS) -> S:
    """The section ``kind.section`` of params.yaml.

    Raises UserError naming every unknown, missing or mistyped key with its line.
    """
    document = read_document(path)
    if kind.section not in document:
        raise UserError(
            what=f"the section `{kind.section}` is missing",
            where=str(path),
            fix=f"add `{kind.section}:` with the keys {', '.join(kind.model_fields)}",
        )
    content = document[kind.section]
    try:
        return kind.model_validate(plain(content))
    except ValidationError as invalid:
        problems = [
            _problem(path, document, kind, list(error["loc"]), error["msg"], error["input"])
            for error in invalid.errors()
        ]
        raise problems[0] if len(problems) == 1 else CombinedUserError(problems) from None


def read_document(path: Path = paths.PARAMS) -> CommentedMap:
    """The whole of params.yaml, with line numbers. Raises UserError when it is not a mapping."""
    try:
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            what=f"{path} is missing",
            where=str(Path.cwd()),
            fix="run the command in the repository's root, or restore the file with git",
        ) from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise UserError(
            what=f"{path} is not valid YAML: {' '.join(str(error).split())}",
            where=str(path),
            fix="correct the place named above (indentation and quotes are the usual causes)",
        ) from None
    if not isinstance(document, CommentedMap):
        raise UserError(
            what=f"{path} holds no sections", where=str(path), fix="restore the file with git"
        )
    return document


def plain(node: Any) -> Any:
    """ruamel's round-trip nodes as plain Python values, which strict validation accepts."""
    if isinstance(node, dict):
        return {str(key): plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [plain(value) for value in node]
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node


def _problem(
    path: Path,
    document: CommentedMap,
    kind: type[Section],
    location: list[int | str],
    message: str,
    value: Any,
) -> UserError:
    keys = [kind.section, *location]
    line = _line_of(document, keys)
    key = ".".join(str(part) for part in keys)
    if message.startswith("Extra inputs"):
        return UserError(
            what=f"unknown key `{key}`",
            where=f"{path}:{line}",
            fix=f"remove it or correct its spelling; known: {', '.join(_known(kind, location))}",
        )
    if message == "Field required":
        return UserError(
            what=f"the key `{key}` is missing",
            where=f"{path}:{line}",
            fix=f"add `{location[-1]}:`; every key has to be there, nothing is assumed",
        )
    expectation = message.removeprefix("Value error, ").removeprefix("Input should be ")
    return UserError(
        what=f"`{key}` is {value!r}",
        where=f"{path}:{line}",
        fix=f"expected: {expectation}",
    )


def _known(kind: type[BaseModel], location: list[int | str]) -> list[str]:
    """The keys allowed beside the unknown one, as far as the location follows nested settings."""
    for part in location[:-1]:
        field = kind.model_fields.get(str(part))
        annotation = field.annotation if field else None
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            break
        kind = annotation
    return list(kind.model_fields)


def _line_of(document: CommentedMap, keys: list[int | str]) -> int:
    """The 1-based line of the innermost key that exists."""
    node: Any = document
    line = 1
    for key in keys:
        if isinstance(node, CommentedMap) and key in node:
            line = node.lc.key(key)[0] + 1
        elif isinstance(node, CommentedSeq) and isinstance(key, int) and key < len(node):
            line = node.lc.item(key)[0] + 1
        else:
            break
        node = node[key]
    return line
