"""wrk: its script sends the bodies as they are; its rate counts only where all was answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.workplace import Workplace
from benchmarks.wrk import Wrk, write_script
from ml_ci.targets.client import Call

RATE = "Requests/sec:    812.50"


def rate(folder: Path, printed: str) -> float:
    """With a wrk that only prints."""
    program = folder / "wrk"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{printed}\nEND\n", encoding="utf-8")
    program.chmod(0o755)
    workplace = Workplace(folder, "run", 1, print)
    return Wrk(program=str(program)).rate(workplace, "http://h", folder, connections=1, seconds=1)


def test_rate__is_what_wrk_says(tmp_path: Path) -> None:
    assert rate(tmp_path, f"  99 requests in 1.00s\n{RATE}\nTransfer/sec: 1MB") == 812.5


@pytest.mark.parametrize(
    "printed",
    [
        pytest.param(f"  Non-2xx or 3xx responses: 3\n{RATE}", id="refused"),
        pytest.param(f"  Socket errors: connect 0, read 1\n{RATE}", id="broken"),
        pytest.param("unable to connect", id="no rate"),
    ],
)
def test_rate__is_none_where_requests_failed(tmp_path: Path, printed: str) -> None:
    with pytest.raises(RuntimeError, match="wrk did not get its answers"):
        rate(tmp_path, printed)


def test_write_script__has_every_call_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "bodies"
    calls = [
        Call(path="/a", body=b"\x00\xff", content_type="application/json"),
        Call(path='/b?"\\', body=b"b"),
    ]

    script = write_script(folder, calls).read_text(encoding="utf-8")

    assert [b"\x00\xff", b"b"] == [path.read_bytes() for path in sorted(folder.glob("*.body"))]
    assert [line.strip() for line in script.splitlines() if line.startswith("  add(")] == [
        f'add("/a", "application/json", "{folder}/0.body")',
        f'add("/b?\\"\\\\", "application/octet-stream", "{folder}/1.body")',
    ]
