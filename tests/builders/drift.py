"""A report about drift, with a verdict."""

from __future__ import annotations

from ml_ci.parity.result import Failure, ParityResult
from ml_ci.report.drift import SCHEMA_VERSION, DriftReport
from tests.builders.parity import judge
from tests.builders.reports import COMMIT, parity

URL = "https://models.test/digits"


def drift(*differing: str, result: ParityResult | None = None, url: str = URL) -> DriftReport:
    """Three images; the first differs at the steps named."""
    return DriftReport(
        schema_version=SCHEMA_VERSION,
        url=url,
        created="2026-11-21T10:00:00+00:00",
        commit=COMMIT,
        gave_up=None,
        result=result or parity(*differing),
    )


def unreachable(message: str = "no answer") -> DriftReport:
    """Nothing could be compared."""
    failures = [Failure(image="a.png", message=message)]
    return drift(result=judge(target="deployed", golden=1, images=[], failures=failures))
