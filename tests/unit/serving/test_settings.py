"""The server's settings: what is read back, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ml_ci.errors import UserError
from ml_ci.serving.settings import ServerSettings
from tests.builders.images import RULE

SETTINGS = ServerSettings(
    model="shapes", version=None, rule=RULE, body_bytes=1000, instances=4, threads=1
)


@pytest.mark.parametrize("version", [None, 3])
def test_load__reads_what_save_wrote(tmp_path: Path, version: int | None) -> None:
    settings = replace(SETTINGS, version=version)
    settings.save(tmp_path / "serving.json")
    assert ServerSettings.load(tmp_path / "serving.json") == settings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"threads": 0}, "`threads` is 0, expected a whole number", id="zero"),
        pytest.param({"instances": True}, "`instances` is True", id="bool"),
        pytest.param({"body_bytes": 1.5}, "`body_bytes` is 1.5", id="fraction"),
        pytest.param({"version": "1"}, "`version` is '1'", id="version as text"),
        pytest.param({"model": 1}, "`model` is no string", id="model"),
        pytest.param({"decode_rule": {}}, "not a decode rule", id="empty rule"),
    ],
)
def test_load__refuses(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = tmp_path / "serving.json"
    SETTINGS.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    with pytest.raises(UserError, match=message):
        ServerSettings.load(path)


def test_load__names_a_missing_key(tmp_path: Path) -> None:
    (tmp_path / "serving.json").write_text("{}")
    with pytest.raises(UserError, match="the server's settings lack 'body_bytes'"):
        ServerSettings.load(tmp_path / "serving.json")


@pytest.mark.parametrize("content", ["", "[", "[]", "3"])
def test_load__of_something_else_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "serving.json").write_text(content)
    with pytest.raises(UserError, match="the server's settings cannot be read"):
        ServerSettings.load(tmp_path / "serving.json")
