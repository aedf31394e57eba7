"""The report on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.report import writing
from ml_ci.report.writing import write_report
from tests.builders.reports import report


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def contents() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path("reports").iterdir())}


def test_write_report__writes_every_part() -> None:
    write_report(report())

    assert ["metrics.md", "parity.md", "report.json"] == list(contents())


def test_write_report__leaves_other_files_alone() -> None:
    write_report(report())
    Path("reports/mine.txt").write_text("mine")

    write_report(report(created="2026-01-02T00:00:00+00:00"))

    assert b"mine" == contents()["mine.txt"]


def test_write_report__that_fails_on_the_last_part_keeps_the_old_report(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_report(report())
    before = contents()
    # As when the disk fills up at the last file: its content cannot be written
    monkeypatch.setattr(writing, "REPORT_JSON", Path("reports/metrics.md/impossible"))

    with pytest.raises(OSError, match="impossible"):
        write_report(report(created="2026-01-02T00:00:00+00:00"))

    assert before == contents()
