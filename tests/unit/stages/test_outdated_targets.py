"""Which targets are recorded again by the next `ml-ci repro`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ml_ci.artifacts.files import sha256_of_file
from ml_ci.stages.outdated import why_compare_again, why_replay_again
from ml_ci.trace.layout import TRACE_FILE
from tests.builders.parity import judge
from tests.builders.traces import ladder, write_trace


@pytest.fixture(autouse=True)
def _traces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        write_trace(Path("trace") / name, {"x.png": ladder()})


def measured(target: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": target,
        "kind": "container",
        "images": 1,
        "failures": 0,
        "gave_up": None,
        "log_tail": [],
        "problems": [],
        "image": None,
        "recorded": "2026-01-01T00:00:00+00:00",
        "inquiry": None,
        "trace_sha256": sha256_of_file(Path("trace") / target / TRACE_FILE),
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        pytest.param({}, None, id="all well"),
        pytest.param({"kind": "onnx"}, None, id="onnx"),
        pytest.param({"kind": "dump", "failures": 1}, None, id="a dump that lacks images"),
        pytest.param(
            {"kind": "http"}, "what runs at b may be another one by now", id="somebody else's"
        ),
        pytest.param({"failures": 1}, "b did not answer every image the last time", id="failures"),
        pytest.param(
            {"trace_sha256": "0" * 64}, "the trace of b is gone or changed", id="another trace"
        ),
        pytest.param({"name": "c"}, "the trace of c is gone or changed", id="no trace"),
        pytest.param({"extra": 1}, "it was measured by another version", id="another version"),
    ],
)
def test_why_replay_again(changes: dict[str, Any], reason: str | None) -> None:
    result: dict[str, object] = {"targets": [measured("a"), measured("b", **changes)]}
    assert reason == why_replay_again(result)


EXPECTED = """\
targets:
  phone:
    kind: dump
    tolerances: {}
    expected:
      - {step: tensor, change: float16, largest: null, reason: its chip, until: "2026-11-30"}
"""


@pytest.mark.parametrize(
    ("today", "reason"),
    [
        pytest.param(date(2026, 11, 30), None, id="the last day"),
        pytest.param(
            date(2026, 12, 1),
            "what is expected of phone has an end, and that is over",
            id="the day after",
        ),
    ],
)
def test_why_compare_again__when_an_expected_difference_has_expired(
    today: date, reason: str | None
) -> None:
    Path("params.yaml").write_text(EXPECTED)
    note = "float16 at tensor is expected until 2026-11-30: its chip"
    result = judge(target="phone", golden=0, images=[], failures=[])
    result = result.model_copy(update={"accepted": (note,)})

    assert reason == why_compare_again({"targets": [result.model_dump(mode="json")]}, today)


def test_why_compare_again__of_another_version() -> None:
    assert "it was measured by another version" == why_compare_again({}, date(2026, 1, 1))
