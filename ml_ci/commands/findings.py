"""Findings as annotations: every one that points to a line of params.yaml or of the code, there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from ml_ci.artifacts import paths
from ml_ci.errors import CombinedUserError, UserError
from ml_ci.github.annotations import Annotation, Level
from ml_ci.params.everything import check_params
from ml_ci.params.problems import Document
from ml_ci.params.reading import read_document
from ml_ci.report import check_names
from ml_ci.report.reading import read_report
from ml_ci.report.schema import Report
from ml_ci.stages.running import StageRecord, read_stage_records

# How errors.UserError prints itself; a stage's record keeps that
_PROBLEM = re.compile(
    r"^(?P<what>\S.*)\n  where: (?P<where>.*)\n  fix:   (?P<fix>.*)$", re.MULTILINE
)
_PLACE = re.compile(r"(?P<file>[^:]+)(?::(?P<line>[0-9]{1,9}))?")
_FRAME = re.compile(r'^ *File "(?P<file>.+)", line (?P<line>[0-9]+)', re.MULTILINE)
_THRESHOLDS = {
    "accuracy": "accuracy",
    "macro F1": "macro_f1",
    "expected calibration error": "expected_calibration_error",
}
"""Names of the gate's checks → their keys below evaluate.thresholds."""
_FILES = {
    str(paths.LOCK): paths.LOCK,
    check_names.GOLDEN_ANSWERS: paths.GOLDEN_JSON,
    check_names.GOLDEN_SET: paths.MANIFEST,
}
"""Names of the gate's checks → the committed file that they are about."""


def all_findings() -> list[Annotation]:
    """Everything there is to say about this checkout, what failed first."""
    found = [*_of_params(), *_of_stages()]
    try:
        report = read_report()
    except UserError as error:
        return found or [_of_problem(error.what, error.where, error.fix, "no report")]
    return [*found, *report_findings(report)]


def report_findings(report: Report) -> list[Annotation]:
    """What closes the gate, or is only a warning, at its threshold where it has one.

    Raises UserError when params.yaml is no YAML.
    """
    return list(_of_gate(report))


def _of_params() -> Iterator[Annotation]:
    try:
        check_params()
    except CombinedUserError as error:
        for problem in error.problems:
            yield _of_problem(problem.what, problem.where, problem.fix, "params.yaml")
    except UserError as error:
        yield _of_problem(error.what, error.where, error.fix, "params.yaml")


def _of_stages() -> Iterator[Annotation]:
    for record in read_stage_records().values():
        if record.status != "done":
            yield from _of_record(record)


def _of_record(record: StageRecord) -> Iterator[Annotation]:
    title = f"{record.stage} {'was killed' if record.status == 'running' else record.status}"
    problems = list(_PROBLEM.finditer(record.message))
    for problem in problems:
        yield _of_problem(problem["what"], problem["where"], problem["fix"], title)
    if not problems:
        file, line = _deepest_frame(record.message)
        words = (record.message.strip() or title).splitlines()[-1]
        yield Annotation(level="error", title=title, message=words, file=file, line=line)


def _of_problem(what: str, where: str, fix: str, title: str) -> Annotation:
    file, line = _place(where)
    message = f"{what}\n{fix}" if file else f"{what}\nwhere: {where}\n{fix}"
    return Annotation(level="error", title=title, message=message, file=file, line=line)


def _of_gate(report: Report) -> Iterator[Annotation]:
    for check in report.gate:
        if check.outcome != "pass":
            file, line = _gate_place(check.name)
            level: Level = "warning" if check.outcome == "warn" else "error"
            yield Annotation(
                level=level, title=check.name, message=check.sentence, file=file, line=line
            )


def _gate_place(check: str) -> tuple[str | None, int | None]:
    """The line of a threshold in params.yaml, or the file it is about; else nothing."""
    key = _THRESHOLDS.get(check)
    if key is None:
        return _place(str(_FILES[check])) if check in _FILES else (None, None)
    document = Document(path=paths.PARAMS, root=read_document())
    return _place(document.place(("evaluate", "thresholds", key)))


def _place(where: str) -> tuple[str | None, int | None]:
    """File and line, when ``where`` is a file of this checkout."""
    place = _PLACE.fullmatch(where)
    if place is None:
        return None, None
    path = PurePosixPath(place["file"])
    if path.is_absolute() or ".." in path.parts or not Path(path).is_file():
        return None, None
    return str(path), int(place["line"]) if place["line"] else None


def _deepest_frame(traceback: str) -> tuple[str | None, int | None]:
    """The innermost line of a traceback that is the project's own."""
    root = Path.cwd()
    for frame in reversed(list(_FRAME.finditer(traceback))):
        path = Path(frame["file"])
        inside = path.relative_to(root) if path.is_relative_to(root) else None
        if inside is not None and not inside.parts[0].startswith("."):  # .venv is not ours
            return inside.as_posix(), int(frame["line"])
    return None, None
