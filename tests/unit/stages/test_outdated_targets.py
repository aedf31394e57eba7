"""Which targets are recorded again by the next `ml-ci repro`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ml_ci.artifacts.files import sha256_of_file
from ml_ci.stages.outdated import why_replay_again
from ml_ci.trace.layout import TRACE_FILE
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
