"""metrics/inputs.json: which run the committed numbers come from."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from ml_ci.artifacts.inputs import INPUTS_JSON, CommittedInputs, is_noted, note_inputs


@pytest.fixture(autouse=True)
def _scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("metrics").mkdir()


def noted() -> CommittedInputs:
    found = CommittedInputs.parse(INPUTS_JSON.read_bytes())
    assert found is not None
    return found


def test_note_inputs__names_receipt_and_files_by_their_hashes() -> None:
    Path("metrics/golden.json").write_text("{}")

    note_inputs("reference", "receipt\n", [Path("metrics/golden.json")])

    (stage,) = noted().root.values()
    expected = (
        hashlib.md5(b"receipt\n", usedforsecurity=False).hexdigest(),
        {"metrics/golden.json": hashlib.sha256(b"{}").hexdigest()},
    )
    assert expected == (stage.receipt_md5, stage.files)


def test_note_inputs__leaves_the_notes_of_other_stages() -> None:
    note_inputs("reference", "one", [])
    before = noted().root["reference"]

    note_inputs("evaluate", "two", [])

    assert (["evaluate", "reference"], before) == (list(noted().root), noted().root["reference"])


def test_note_inputs__begins_anew_where_a_merge_left_its_marks() -> None:
    INPUTS_JSON.write_text("<<<<<<< HEAD\n")

    note_inputs("evaluate", "two", [])

    assert ["evaluate"] == list(noted().root)


@pytest.mark.parametrize("content", [None, b"[]", b'{"evaluate": {}}', b"\xff"])
def test_parse__something_else(content: bytes | None) -> None:
    assert None is CommittedInputs.parse(content)


def git_put_another_there() -> None:
    Path("metrics/golden.json").write_text("[]")


def it_was_deleted() -> None:
    Path("metrics/golden.json").unlink()


def a_merge_left_its_marks() -> None:
    INPUTS_JSON.write_text("<<<<<<< HEAD\n")


@pytest.mark.parametrize(
    ("change", "receipt", "expected"),
    [
        pytest.param(lambda: None, "one", True, id="as-written"),
        pytest.param(lambda: None, "two", False, id="another-receipt"),
        pytest.param(git_put_another_there, "one", False, id="another-file"),
        pytest.param(it_was_deleted, "one", False, id="no-file"),
        pytest.param(a_merge_left_its_marks, "one", False, id="conflict"),
    ],
)
def test_is_noted(change: Callable[[], None], receipt: str, expected: bool) -> None:
    Path("metrics/golden.json").write_text("{}")
    note_inputs("reference", "one", [Path("metrics/golden.json")])
    change()

    assert expected == is_noted("reference", receipt)
