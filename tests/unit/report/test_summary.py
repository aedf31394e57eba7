"""What the terminal shows of a report."""

from __future__ import annotations

import io

from rich.console import Console

from ml_ci.base.reported import ReportedBase
from ml_ci.report.summary import print_summary
from tests.builders.reports import report, reported

BASE = ReportedBase(
    commit="0123456789abcdef",
    branch="origin/main",
    behind=3,
    ahead=1,
    chosen="where it left origin/main",
    source="measured",
    sentence="measured here, because its dvc.lock is stale",
    stale=(),
    unchecked=(),
)
NONE = ReportedBase(
    commit=None,
    branch=None,
    behind=0,
    ahead=0,
    chosen="this is the first commit",
    source="missing",
    sentence="there is nothing to compare with",
    stale=(),
    unchecked=(),
)


def shown(base: ReportedBase) -> str:
    stream = io.StringIO()
    print_summary(Console(file=stream, width=300), report(base=base))
    lines = [line for line in stream.getvalue().splitlines() if line.startswith("base ")]
    return lines[0].removeprefix("base").strip()


def test_print_summary__names_the_base_and_where_its_numbers_come_from() -> None:
    expected = (
        "0123456789, where it left origin/main, 3 commits behind; its numbers: "
        "measured here, because its dvc.lock is stale"
    )
    assert expected == shown(BASE)


def test_print_summary__says_why_there_is_no_base() -> None:
    assert "there is nothing to compare with: this is the first commit" == shown(NONE)


def test_print_summary__tells_the_age_of_a_dump_and_of_nothing_else() -> None:
    stream = io.StringIO()
    targets = (reported("phone", kind="dump"), reported("onnx", kind="onnx"))

    print_summary(Console(file=stream, width=300), report(targets=targets))

    found = [line for line in stream.getvalue().splitlines() if line.startswith(("phone", "onnx"))]
    assert ["phone", "where phone is from"] == found[0].split(maxsplit=1)
    assert 1 == len(found)
