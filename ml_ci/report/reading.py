"""Reading report.json back, for the gate and the summary."""

from __future__ import annotations

from pydantic import ValidationError

from ml_ci.artifacts import paths
from ml_ci.changes.settings import settings_state
from ml_ci.errors import UserError
from ml_ci.golden.accepted import golden_state
from ml_ci.measurement import FIX, check_upstream
from ml_ci.params.reading import read_plain
from ml_ci.receipt import Receipt, current_receipt
from ml_ci.report.paths import REPORT_JSON
from ml_ci.report.schema import Report

STAGE = "report"


def read_report() -> Report:
    """The report of the inputs as they are now.

    Raises UserError when there is none, it is damaged, or its inputs have changed since.
    """
    try:
        report = Report.model_validate_json(REPORT_JSON.read_bytes())
    except FileNotFoundError:
        raise UserError(what="there is no report", where=str(REPORT_JSON), fix=FIX) from None
    except ValidationError as error:
        raise UserError(
            what=f"the report cannot be read: {error.error_count()} problems, the first: "
            f"{error.errors()[0]['msg']}",
            where=str(REPORT_JSON),
            fix=FIX,
        ) from None
    if not report.receipt == current_receipt(STAGE) == Receipt.of(STAGE).sha256:
        raise UserError(
            what="the report belongs to an earlier run, its inputs have changed since",
            where=str(REPORT_JSON),
            fix=FIX,
        )
    check_upstream(STAGE, report.upstream)
    if report.changes is not None and report.changes.state != settings_state(read_plain()):
        raise UserError(
            what="the report names the settings of an earlier run, params.yaml has changed since",
            where=str(paths.PARAMS),
            fix=FIX,
        )
    if report.golden is not None and report.golden.state != golden_state():
        raise UserError(
            what="the golden answers were accepted or changed after the report was made",
            where=str(paths.GOLDEN_JSON),
            fix=FIX,
        )
    return report
