"""Hostile text is just text."""

from __future__ import annotations

import pytest

from ml_ci.report.markdown import fenced, safe

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
    ],
)
def test_safe__neutralises(hostile: str, harmless: str) -> None:
    assert harmless == safe(hostile)


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
