"""The report on disk: all of its files at once, or the old ones as they were."""

from __future__ import annotations

from ml_ci.artifacts.files import json_text, write_together
from ml_ci.report.paths import METRICS_MD, PARITY_MD, REPORT_JSON
from ml_ci.report.rendering import render
from ml_ci.report.schema import Report


def write_report(report: Report) -> None:
    """Render everything, write everything, and only then replace the files of the last report.

    report.json, which the gate reads, is replaced last; what else lies in reports/ is left alone.
    """
    texts = {
        METRICS_MD: render("metrics.md.j2", report),
        PARITY_MD: render("parity.md.j2", report),
        REPORT_JSON: json_text(report.model_dump(mode="json")),
    }
    write_together({path: text.encode("utf-8") for path, text in texts.items()})
