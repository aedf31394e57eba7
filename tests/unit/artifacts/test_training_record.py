"""Where weights come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts.training_record import (
    SOURCE_FILE,
    Source,
    note_training,
    read_source,
    trained_here,
    write_source,
)
from ml_ci.errors import UserError


@pytest.fixture(autouse=True)
def _scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("source", ["training", "pretrained"])
def test_read_source__returns_what_was_written(tmp_path: Path, source: Source) -> None:
    write_source(tmp_path, source)

    assert source == read_source(tmp_path)


@pytest.mark.parametrize("content", [None, "{", "[]", '{"source": "guess"}'])
def test_read_source__refuses_anything_else(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / SOURCE_FILE).write_text(content)

    with pytest.raises(UserError, match="not known where the weights come from"):
        read_source(tmp_path)


def test_trained_here__knows_every_training_of_this_machine() -> None:
    note_training("aa", "monday")
    note_training("bb", "tuesday")

    assert ("monday", "tuesday", None) == tuple(map(trained_here, ("aa", "bb", "cc")))
