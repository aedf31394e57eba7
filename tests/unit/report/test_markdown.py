"""Hostile text is just text."""

from __future__ import annotations

import pytest

from ml_ci.report.markdown import fenced, prose, safe
from tests.builders.gfm import shown
from tests.builders.hostile import STRINGS

ZWSP = "\u200b"


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        pytest.param("plain name", "plain name", id="plain"),
        pytest.param("photo_12.jpg", "photo_12.jpg", id="underscore-inside-a-word"),
        pytest.param("_x_", "\\_x\\_", id="emphasis"),
        pytest.param("a|b", "a\\|b", id="table-cell"),
        pytest.param("<script>", "&lt;script>", id="html"),
        pytest.param("![x](y)", "!\\[x\\](y)", id="picture"),
        pytest.param("`rm`", "\\`rm\\`", id="code"),
        pytest.param("@all", f"@{ZWSP}all", id="mention"),
        pytest.param("#12", f"#{ZWSP}12", id="issue"),
        pytest.param("https://x.example", f"https:{ZWSP}//x.example", id="url"),
        pytest.param("WWW.x.example", f"WWW{ZWSP}.x.example", id="bare-url"),
        pytest.param("::set-output", f":{ZWSP}:set-output", id="workflow-command"),
        pytest.param("a\nb\r", "a?b?", id="newline"),
        pytest.param("a\u202eb", "a?b", id="right-to-left"),
        pytest.param("\\", "\\\\", id="backslash"),
        pytest.param("&#64;all", f"&amp;#{ZWSP}64;all", id="mention-by-number"),
        pytest.param("&commat;all", "&amp;commat;all", id="mention-by-name"),
        pytest.param("GH-12", f"GH{ZWSP}-12", id="issue-in-words"),
        pytest.param("$x^2$", "＄x^2＄", id="formula"),
        pytest.param("<!-- x -->", "&lt;!-- x -->", id="comment"),
        pytest.param("# x", "\\# x", id="heading"),
        pytest.param("> x", "\\> x", id="quote"),
        pytest.param("- x", "\\- x", id="list"),
        pytest.param("---", "\\---", id="rule"),
        pytest.param("===", "\\===", id="underlined-heading"),
        pytest.param("1. x", "1\\. x", id="numbered-list"),
        pytest.param("1)", "1\\)", id="numbered-list-in-brackets"),
        pytest.param("     x", " x", id="indented-code"),
        pytest.param("-1.5", "-1.5", id="number"),
        pytest.param("2.13.0", "2.13.0", id="version"),
        pytest.param("a # - > 1. b", "a # - > 1. b", id="markers-inside"),
        pytest.param(":+1: :Tada:", f":{ZWSP}+1: :{ZWSP}Tada:", id="emoji"),
        pytest.param("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00", id="time"),
        pytest.param("0123456789ab", "0123456789ab", id="short-id"),
        pytest.param("ab" * 32, "ab" * 32, id="sha256"),
        pytest.param(
            f"x@{'ab' * 20}",
            f"x@{ZWSP}" + ZWSP.join(["ababab"] * 6 + ["abab"]),
            id="commit-of-somebody",
        ),
    ],
)
def test_safe__neutralises(hostile: str, harmless: str) -> None:
    assert harmless == safe(hostile)


@pytest.mark.parametrize("before", ["", "- ", "> - ", "1. ", "x\n"], ids=repr)
@pytest.mark.parametrize(
    "hostile",
    [
        *("# x", "#", "> x", "+ x", "-", "- x", "---", "- - -", "===", "1. x", "1)", "99) x"),
        *(":-:", "     x", "    # x", " > x", "[ ] x", "* x", "~~~", "```", "|-|", "___"),
    ],
)
def test_safe__begins_nothing(hostile: str, before: str) -> None:
    assert shown(f"{before}word").tags == shown(before + safe(hostile)).tags


def test_safe__cuts_long_text() -> None:
    assert "x" * 200 + "…" == safe("x" * 300)


@pytest.mark.parametrize(
    ("lines", "block"),
    [
        pytest.param(["a", "b"], "```text\na\nb\n```", id="lines"),
        pytest.param(["a\nb\r\nc"], "```text\na\nb\nc\n```", id="several-in-one"),
        pytest.param(["", "a"], "```text\n\na\n```", id="empty-line"),
        pytest.param(["x ``` y"], "````text\nx ``` y\n````", id="fence"),
        pytest.param(["\x1b[31m\u202eb"], "```text\n?[31m?b\n```", id="control-and-direction"),
        pytest.param(["\ta"], "```text\n    a\n```", id="tab"),
        pytest.param(["![](u)"], f"```text\n!{ZWSP}[](u)\n```", id="watermark"),
        pytest.param([" ::error::x"], f"```text\n :{ZWSP}:error:{ZWSP}:x\n```", id="command"),
        pytest.param(["##[error]x"], f"```text\n#{ZWSP}#[error]x\n```", id="old-command"),
        pytest.param([], "```text\n```", id="nothing"),
    ],
)
def test_fenced(lines: list[str], block: str) -> None:
    assert block == fenced(lines)


def test_fenced__cuts_long_lines() -> None:
    assert "```text\n" + "x" * 1000 + "\n```" == fenced(["x" * 5000])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("run `ml-ci repro`, then", "run `ml-ci repro`, then", id="command"),
        pytest.param("`a/b_c.py` changed", "`a/b_c.py` changed", id="path"),
        pytest.param(
            "`*x*` `a|b` `@all`", f"\\`\\*x\\*\\` \\`a\\|b\\` \\`@{ZWSP}all\\`", id="other"
        ),
        pytest.param("``x`` ```y```", "\\`\\`x\\`\\` \\`\\`\\`y\\`\\`\\`", id="several-backticks"),
        pytest.param("one ` only", "one \\` only", id="one-backtick"),
        pytest.param("`a\nb`", "\\`a?b\\`", id="newline"),
        pytest.param("@`all` <`b`>", f"@{ZWSP}`all` &lt;`b`\\>", id="markup-around"),
    ],
)
def test_prose__has_code_where_nothing_else_can_be_meant(text: str, expected: str) -> None:
    assert expected == prose(text)


def test_prose__is_cut_like_any_text() -> None:
    assert "run \\`ml-…" == prose("run `ml-ci repro`", 8)


@pytest.mark.parametrize("text", STRINGS.values(), ids=STRINGS.keys())
def test_prose__of_hostile_text_is_alive_nowhere(text: str) -> None:
    page = shown(f"| a |\n|---|\n| {prose(f'x `y` {text}')} |\n\n- {prose(text)}\n")

    tags = {"table", "thead", "tbody", "tr", "th", "td", "ul", "li", "p", "code"}
    assert ([], [], [], set()) == (page.alive, page.links, page.images, page.tags - tags)
