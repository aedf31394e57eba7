"""A side to compare: what is known of it beside its trace."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.inquiry import invariants_not_asked
from ml_ci.artifacts.records import ReferenceRecord, ReplayRecord
from ml_ci.commands import compared_side
from ml_ci.commands.compared_side import OTHERWISE, Side, open_side
from ml_ci.errors import UserError
from ml_ci.trace.layout import TRACE_FILE
from tests.builders.checks import accuracy, inquiry
from tests.builders.traces import ladder, write_trace

REFERENCE, TARGET = Path("trace/reference"), Path("trace/server")


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the last run left: a reference, and a target that was asked for its accuracy."""
    monkeypatch.chdir(tmp_path)
    for folder in (REFERENCE, TARGET):
        write_trace(folder, {"a.png": ladder()})
    asked = inquiry(accuracy=accuracy())
    records = {
        "reference": ReferenceRecord.model_construct(
            trace_sha256=sha256_of_file(REFERENCE / TRACE_FILE),
            facts=asked.facts,
            invariants=invariants_not_asked("nobody asked"),
        ),
        "replay": ReplayRecord.model_construct(
            targets=(_Record(trace_sha256=sha256_of_file(TARGET / TRACE_FILE), inquiry=asked),)
        ),
    }

    def load(stage: str, _record: object) -> object:
        return _Measurement(records[stage])

    monkeypatch.setattr(compared_side, "load_measurement", load)


class _Record:
    def __init__(self, **values: object) -> None:
        self.__dict__.update(values)


class _Measurement:
    def __init__(self, result: object) -> None:
        self.result = result


def opened(name: str) -> Side:
    return open_side(name, ("cat", "dog"), ExitStack())


def test_open_side__the_reference_has_its_own_invariants(measured: None) -> None:
    assert opened("reference").is_reference


def test_open_side__a_target_has_what_it_was_asked(measured: None) -> None:
    side = opened("server")

    assert (False, accuracy()) == (side.is_reference, side.inquiry.accuracy)


def test_open_side__another_trace_has_only_itself(measured: None) -> None:
    write_trace(Path("elsewhere"), {"b.png": ladder()})

    assert (
        "only what was recorded is compared here" == opened("elsewhere").inquiry.accuracy_not_asked
    )


def test_open_side__without_a_measurement_a_trace_is_all_there_is(
    measured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_stage: str, _record: object) -> object:
        raise UserError(what="nothing", where="measured", fix="measure")

    monkeypatch.setattr(compared_side, "load_measurement", nothing)

    assert not opened("reference").is_reference


def test_asked_against__the_reference_is_all_that_was_asked(measured: None) -> None:
    assert accuracy() == opened("server").asked_against(opened("reference")).accuracy


def test_asked_against__another_side_is_nothing_that_is_about_the_reference(
    measured: None,
) -> None:
    found = opened("server").asked_against(opened("server"))

    assert (None, OTHERWISE, OTHERWISE) == (
        found.accuracy,
        found.accuracy_not_asked,
        found.synthetic.not_asked,
    )


def test_open_side__a_folder_of_neither_is_refused(measured: None) -> None:
    paths.DUMPS.mkdir()

    with pytest.raises(UserError, match="nothing was recorded of 'dumps'"):
        opened("dumps")
