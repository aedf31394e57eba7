"""The handover: what the measuring workflow, which has no rights, gives to the one that comments.

One artifact with one file. Whoever reads it takes it for a stranger's: it is refused by its size
before it is parsed, and by anything in it that is not declared here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import SchemaValidator

from ml_ci.artifacts.bounds import SIDES, Commit, Count, Name, Text
from ml_ci.errors import UserError, printable
from ml_ci.report.reduction import LeftOut, reduced
from ml_ci.report.schema import Report

ARTIFACT = "ml-ci-handover"
FILE = "handover.json"
SCHEMA_VERSION: Final = 1
# The report of 71 golden images takes 130 kB, and what a comment can show of any report fits twenty
# times into this; pydantic needs some ten times the size to parse it.
MAX_BYTES = 4 * 1024 * 1024
LAST_LINES = 50

Outcome = Literal["report", "failed", "skipped"]


class Part(BaseModel):
    """Frozen, and closed against keys nobody declared, NaN and infinity."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RunFailure(Part):
    """Where the run ended before there was a report."""

    stage: Name
    """DVC's stage, or the command, that failed; empty when that is not known."""
    message: Text
    last_lines: Annotated[tuple[Text, ...], Field(max_length=LAST_LINES)]
    """The last lines of its output."""


class Handover(Part):
    """What one run hands over."""

    schema_version: Literal[1]
    commit: Commit
    """The head commit that was measured."""
    outcome: Outcome
    report: Report | None
    """Exactly when the outcome is `report`."""
    left_out: Annotated[tuple[LeftOut, ...], Field(max_length=2 * SIDES)]
    """Rows of the report that would have made it too large."""
    failure: RunFailure | None
    """Exactly when the outcome is `failed`."""
    note: Text
    """What else a reader should know, in one sentence; or empty."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if (self.report is not None) != (self.outcome == "report"):
            raise ValueError("a report belongs to the outcome `report` and to no other")
        if (self.failure is not None) != (self.outcome == "failed"):
            raise ValueError("a failure belongs to the outcome `failed` and to no other")
        return self


def report_handover(commit: str, report: Report, note: str = "") -> Handover:
    """A report, without its least important rows where it would be too large with them."""
    # A tenth less than is accepted: the handover's own fields need room as well
    small, left_out = reduced(report, max_bytes=MAX_BYTES * 9 // 10)
    return Handover(
        schema_version=SCHEMA_VERSION,
        commit=commit,
        outcome="report",
        report=small,
        left_out=left_out,
        failure=None,
        note=note,
    )


def failure_handover(
    commit: str, *, stage: str, message: str, last_lines: Sequence[str], note: str = ""
) -> Handover:
    """A run that ended before there was a report; only the end of ``last_lines`` is kept."""
    failure = RunFailure(stage=stage, message=message, last_lines=tuple(last_lines[-LAST_LINES:]))
    return Handover(
        schema_version=SCHEMA_VERSION,
        commit=commit,
        outcome="failed",
        report=None,
        left_out=(),
        failure=failure,
        note=note,
    )


def skip_handover(commit: str, note: str) -> Handover:
    """Nothing was measured, and ``note`` says why."""
    return Handover(
        schema_version=SCHEMA_VERSION,
        commit=commit,
        outcome="skipped",
        report=None,
        left_out=(),
        failure=None,
        note=note,
    )


def handover_text(handover: Handover) -> str:
    """The content of handover.json, without the blanks that would be a third of it."""
    return handover.model_dump_json()


def read_handover(content: bytes) -> Handover:
    """The handover in ``content``. Raises UserError when it is anything else."""
    if len(content) > MAX_BYTES:
        raise _refused(f"it has {len(content)} bytes, {MAX_BYTES} are allowed")
    try:
        version = _Version.model_validate_json(content).schema_version
        if version != SCHEMA_VERSION:
            raise _refused(f"its schema version is {version}, {SCHEMA_VERSION} is understood here")
        handover: Handover = READER.validate_json(content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the whole"
        raise _refused(f"{printable(place)[:_PLACE]}: {first['msg'][:_PLACE]}") from None
    return handover


class _Version(BaseModel):
    """The one key that every version has."""

    schema_version: Count


def _giving_up_early(schema: Any) -> Any:
    """The schema, but every list in it is given up at its first wrong row.

    Otherwise each wrong row is an error for each of its fields, also beyond the length that the
    list may have: 4 MiB of `{},` in the place of the targets took 13 GB and three minutes.
    """
    if isinstance(schema, dict):
        given_up = {"fail_fast": True} if schema.get("type") in ("list", "tuple") else {}
        return {key: _giving_up_early(value) for key, value in schema.items()} | given_up
    if isinstance(schema, list):
        return [_giving_up_early(value) for value in schema]
    return schema


READER = SchemaValidator(
    _giving_up_early(Handover.__pydantic_core_schema__),
    _use_prebuilt=False,  # or the report in it would be read by its own validator, which goes on
)
"""What reads a handover of anybody's."""
_PLACE = 200  # characters: the keys in it are the sender's


def _refused(why: str) -> UserError:
    return UserError(
        what=f"what the run handed over is not a report that can be read here: {why}",
        where=FILE,
        fix="merge the default branch into the branch of the pull request and push, "
        "so that both are of one version",
    )
