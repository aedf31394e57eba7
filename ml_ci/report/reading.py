"""Reading report.json back, for the gate and the summary."""

from __future__ import annotations

from pydantic import ValidationError

from ml_ci.errors import UserError
from ml_ci.receipt import current_receipt
from ml_ci.report.paths import REPORT_JSON
from ml_ci.report.schema import Report


def read_report() -> Report:
    """The report of the inputs as they are now.

    Raises UserError when there is none, it is damaged, or its inputs have changed since.
    """
    fix = "run `dvc repro` (or `make repro`), which writes it"
    try:
        report = Report.model_validate_json(REPORT_JSON.read_bytes())
    except FileNotFoundError:
        raise UserError(what="there is no report", where=str(REPORT_JSON), fix=fix) from None
    except ValidationError as error:
        raise UserError(
            what=f"the report cannot be read: {error.error_count()} problems, the first: "
            f"{error.errors()[0]['msg']}",
            where=str(REPORT_JSON),
            fix=fix,
        ) from None
    if report.receipt != current_receipt("report"):
        raise UserError(
            what="the report belongs to an earlier run", where=str(REPORT_JSON), fix=fix
        )
    return report
