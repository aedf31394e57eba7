"""CML's watermark, literally as CML 0.20.6 writes it."""

from __future__ import annotations

import pytest

from ml_ci.github.watermark import LONGEST, Watermark

METRICS = Watermark(title="metrics")
LITERAL = '![](https://cml.dev/watermark.png#abc123 "CML watermark metrics")'


def test_under__as_cml_writes_it() -> None:
    assert f"body\n\n{LITERAL}" == METRICS.under("body", "abc123")


def test_under__is_no_longer_than_was_reserved() -> None:
    mark = Watermark(title="x" * 70)
    assert len(mark.under("", "a" * 64)) <= LONGEST


@pytest.mark.parametrize(
    ("body", "is_in", "ends"),
    [
        pytest.param(f"text\n\n{LITERAL}", True, True, id="ours"),
        pytest.param(f"text\n\n{LITERAL}\n", True, True, id="line-end"),
        pytest.param(f"> {LITERAL}\n\nwhat is this?", True, False, id="quoted"),
        pytest.param(LITERAL.replace("metrics", "parity"), False, False, id="other-title"),
        pytest.param(LITERAL.replace("metrics", "metrics 2"), False, False, id="longer-title"),
        pytest.param(LITERAL.replace("#abc123", ""), False, False, id="no-commit"),
        pytest.param(LITERAL.replace("cml.dev", "cmlxdev"), False, False, id="other-address"),
        pytest.param("", False, False, id="empty"),
    ],
)
def test_mark__is_found(body: str, is_in: bool, ends: bool) -> None:
    assert (is_in, ends) == (METRICS.is_in(body), METRICS.ends(body))


@pytest.mark.parametrize("title", ["a_b", "a*b", "[a", "<a", 'a"b', "{run}", ""])
def test_title__that_cml_would_change(title: str) -> None:
    with pytest.raises(ValueError, match="would escape"):
        Watermark(title=title)
