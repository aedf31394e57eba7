"""Where the report lies: an ignored folder, rewritten only by a complete new report."""

from __future__ import annotations

from pathlib import Path

REPORTS = Path("reports")
REPORT_JSON = REPORTS / "report.json"
METRICS_MD = REPORTS / "metrics.md"
PARITY_MD = REPORTS / "parity.md"
DRIFT_JSON = REPORTS / "drift.json"
DRIFT_MD = REPORTS / "drift.md"
