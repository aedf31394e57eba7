"""The run's page: both reports, or where it ended, within GitHub's limit."""

from __future__ import annotations

from ml_ci.github.step_summary import MAX_BYTES, bounded, failure_summary, report_summary
from tests.builders.reports import report as report_of


def test_report_summary__parity_first_then_metrics() -> None:
    text = report_summary(report_of())
    assert 0 <= text.index("training and serving") < text.lower().index("accuracy")


def test_failure_summary__stage_and_last_lines() -> None:
    text = failure_summary("train", "it broke", ["one", "two"])
    assert (
        "### ❌ ml-ci ended at train before there was a report\n\n```text\nit broke\n```\n\n"
        "The last lines of its output:\n\n```text\none\ntwo\n```\n" == text
    )


def test_failure_summary__backticks_do_not_end_the_block() -> None:
    assert "````text\n```\n````" in failure_summary("train", "", ["```"])


def test_failure_summary__a_hostile_stage_is_plain() -> None:
    assert "at &lt;img>" in failure_summary("<img>", "", [])


def test_bounded__cuts_at_a_line() -> None:
    text = bounded("ä" * 99 + "\n" + ("line\n" * MAX_BYTES))
    assert (True, "line") == (len(text.encode()) <= MAX_BYTES, text.splitlines()[-4])


def test_bounded__what_fits_stays() -> None:
    assert "all of it" == bounded("all of it")
