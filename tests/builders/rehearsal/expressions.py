"""GitHub's expressions, as far as our workflows use them; anything else is an error.

https://docs.github.com/actions/reference/evaluate-expressions-in-workflows-and-actions
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<word>[A-Za-z_][\w.-]*)|(?P<sign>==|!=|&&|\|\||[!(),]))"
)
_HOLE = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_ASKS_STATUS = re.compile(r"\b(always|cancelled|success|failure)\s*\(")
_LITERALS = {"true": True, "false": False, "null": None}

Function = Callable[..., object]


@dataclass(frozen=True, kw_only=True)
class Context:
    """What an expression may name, and call."""

    values: Mapping[str, Any]
    functions: Mapping[str, Function] = field(default_factory=dict)


def filled(text: str, context: Context) -> str:
    """``text`` with every `${{ }}` replaced by its value."""
    return _HOLE.sub(lambda hole: _as_text(evaluate(hole[1], context)), text)


def condition(text: str, context: Context) -> bool:
    """An `if`: with or without `${{ }}`; it means `success() && …` unless it asks for a status."""
    bare = text.strip().removeprefix("${{").removesuffix("}}")
    if not _ASKS_STATUS.search(bare):
        bare = f"success() && ({bare})"
    return _truth(evaluate(bare, context))


def evaluate(text: str, context: Context) -> object:
    """The value of one expression."""
    parser = _Parser(tokens=_tokens(text), context=context)
    value = parser.either()
    if parser.tokens:
        raise ValueError(f"not understood from {parser.tokens[0]!r} on: {text}")
    return value


@dataclass
class _Parser:
    """Recursive descent; operands of `&&` and `||` are values, as in GitHub's."""

    tokens: list[str]
    context: Context

    def either(self) -> object:
        value = self.both()
        while self._next("||"):
            other = self.both()
            value = value if _truth(value) else other
        return value

    def both(self) -> object:
        value = self.compared()
        while self._next("&&"):
            other = self.compared()
            value = other if _truth(value) else value
        return value

    def compared(self) -> object:
        value = self.single()
        if self._next("=="):
            return _equal(value, self.single())
        if self._next("!="):
            return not _equal(value, self.single())
        return value

    def single(self) -> object:
        if self._next("!"):
            return not _truth(self.single())
        if self._next("("):
            value = self.either()
            self._must(")")
            return value
        token = self.tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if self._next("("):
            return self.context.functions[token](*self._arguments())
        return _LITERALS[token] if token in _LITERALS else _looked_up(token, self.context.values)

    def _arguments(self) -> list[object]:
        if self._next(")"):
            return []
        arguments = [self.either()]
        while self._next(","):
            arguments.append(self.either())
        self._must(")")
        return arguments

    def _next(self, sign: str) -> bool:
        if self.tokens and self.tokens[0] == sign:
            self.tokens.pop(0)
            return True
        return False

    def _must(self, sign: str) -> None:
        if not self._next(sign):
            raise ValueError(f"{sign} is missing before {self.tokens[:1]}")


def _tokens(text: str) -> list[str]:
    tokens, position = [], 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"not understood: {text[position:]}")
        tokens.append(match[0].strip())
        position = match.end()
    return tokens


def _looked_up(name: str, values: Mapping[str, Any]) -> object:
    """What is not there is null, but a context nobody has heard of is a mistake in the workflow."""
    first, *rest = name.split(".")
    value: Any = values[first]
    for part in rest:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _truth(value: object) -> bool:
    return value not in (None, False, "", 0)


def _equal(one: object, other: object) -> bool:
    """Text without regard to case; nothing and the empty text are both 0."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    return (one or 0) == (other or 0)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)
