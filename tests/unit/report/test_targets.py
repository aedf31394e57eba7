"""Where targets are from, and how old a dump is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ml_ci.artifacts.records import TargetRecord
from ml_ci.report.targets import reported_target

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def record(**changed: Any) -> TargetRecord:
    content = {
        "name": "mine",
        "kind": "dump",
        "images": 1,
        "failures": 0,
        "gave_up": None,
        "log_tail": (),
        "problems": (),
        "image": None,
        "inquiry": None,
        "recorded": "2026-11-20T12:00:00+00:00",
        "trace_sha256": "0" * 64,
    }
    return TargetRecord.model_validate(content | changed)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        pytest.param(
            {}, "what a device wrote at 2026-11-20T12:00:00+00:00, 5 days before this report"
        ),
        pytest.param(
            {"recorded": "2026-11-25T11:00:00+00:00"},
            "what a device wrote at 2026-11-25T11:00:00+00:00, 1 hour before this report",
        ),
        pytest.param(
            {"recorded": "2026-11-25T14:00:00+05:00"},
            "what a device wrote at 2026-11-25T14:00:00+05:00, 3 hours before this report",
        ),
        pytest.param(
            {"recorded": "2026-11-24T12:00:00"},
            "what a device wrote at 2026-11-24T12:00:00, 24 hours before this report",
        ),
        pytest.param(
            {"recorded": "2027-01-01T00:00:00+00:00"},
            "what a device wrote at 2027-01-01T00:00:00+00:00, which is later than this report",
        ),
        pytest.param(
            {"recorded": "yesterday"},
            "what a device wrote at yesterday, a time that cannot be read",
        ),
        pytest.param({"recorded": None}, "what a device wrote; it does not say when"),
        pytest.param(
            {"kind": "container"}, "what `container` in params.yaml describes, started here"
        ),
        pytest.param({"kind": "onnx"}, "the exported model on ONNX Runtime, in this process"),
        pytest.param(
            {"kind": "http"},
            "a server that runs elsewhere, asked at 2026-11-20T12:00:00+00:00",
        ),
    ],
    ids=str,
)
def test_reported_target__says_where_it_is_from(changed: dict[str, Any], sentence: str) -> None:
    assert sentence == reported_target(record(**changed), NOW).sentence


def test_reported_target__keeps_a_handful_of_problems() -> None:
    problems = reported_target(record(problems=[f"{n}" for n in range(25)]), NOW).problems
    assert (*(f"{n}" for n in range(20)), "and 5 more") == problems
