"""`ml-ci gate`: the last command of a build."""

from __future__ import annotations

from rich.console import Console

from ml_ci.report.gate import gate
from ml_ci.report.reading import read_report
from ml_ci.report.summary import print_summary


def print_gate(console: Console) -> int:
    """Print the summary of the report and return the gate's exit code."""
    report = read_report()
    print_summary(console, report)
    return gate(report)
