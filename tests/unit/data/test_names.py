"""Safe names."""

from __future__ import annotations

import pytest

from ml_ci.data.names import name_problem, same_name


@pytest.mark.parametrize(
    "name",
    [
        "0",
        "cat",
        "Golden Retriever",
        "C-3_v1.2+b",
        "(new) cat",
        "žluťoučký",
        "猫",
        "кошка",
        "बिल्ली",
    ],
)
def test_name_problem__safe(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../x",
        "a/b",
        "a\\b",
        "a|b",
        "@all",
        "<b>",
        "a>b",
        "a&b",
        "a\nb",
        "a\tb",
        "`x`",
        "a*b",
        "#12",
        "[x]",
        "!x",
        "a:b",
        "a?b",
        'a"b',
        "$x",
        "~x",
        "a,b",
        "__b__",
        "\x00",
        "\x7f",
        "\u202eabc",
        "\u2066abc",
        "\u200fabc",
        "a\u200bb",
        "\ufeffa",
        "a\u2028b",
        "a\u00a0b",
        " a",
        "a ",
        ".hidden",
        "..",
        "a.",
        "con",
        "CON",
        "nul.png",
        "com1",
        "LPT9.txt",
        "COM¹",
        "e\u0301",
        "x" * 81,
        "🐈",
    ],
    ids=ascii,
)
def test_name_problem__unsafe(name: str) -> None:
    assert name_problem(name) is not None


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a|b", "contains '|' (U+007C)"),
        ("a\u202eb", "contains U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("a\nb", "contains U+000A (a control character)"),
    ],
)
def test_name_problem__names_the_character(name: str, problem: str) -> None:
    assert name_problem(name) == problem


def test_same_name__capitals() -> None:
    assert same_name("Straße") == same_name("STRASSE")
