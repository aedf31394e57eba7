"""Hostile text is just text."""

from __future__ import annotations

import pytest

from ml_ci.report.markdown import safe

ZWSP = "\u200b"


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        pytest.param("plain name", "plain name", id="plain"),
        pytest.param("photo_12.jpg", "photo_12.jpg", id="underscore-inside-a-word"),
        pytest.param("_x_", "\\_x\\_", id="emphasis"),
        pytest.param("a|b", "a\\|b", id="table-cell"),
        pytest.param("<script>", "\\<script>", id="html"),
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
        pytest.param("<!-- x -->", "\\<!-- x -->", id="comment"),
    ],
)
def test_safe__neutralises(hostile: str, harmless: str) -> None:
    assert harmless == safe(hostile)


def test_safe__cuts_long_text() -> None:
    assert "x" * 200 + "…" == safe("x" * 300)
