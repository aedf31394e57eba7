"""What `ml-ci doctor` finds missing for the targets."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.commands.doctor import Finding, look_at_credentials
from tests.builders.params import PARAMS

STAGING = """\
  staging: {kind: http, url: "https://a", protocol: {kind: ml-ci, trace: false}, \
headers: {Authorization: ML_CI_STAGING_TOKEN}, tolerances: {}, expected: []}
"""


@pytest.fixture(autouse=True)
def _staging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = PARAMS.replace("\ngolden:", f"{STAGING}\ngolden:", 1)
    Path("params.yaml").write_text(text, encoding="utf-8")


def test_look_at_credentials__names_a_variable_that_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ML_CI_STAGING_TOKEN", raising=False)
    assert (
        Finding(
            name="credentials",
            state="missing",
            detail="params.yaml, targets.staging.headers: the environment variable "
            "ML_CI_STAGING_TOKEN is missing, so nothing is sent; "
            "set it to what follows `Authorization: `, then run the same command again",
        )
        == look_at_credentials()
    )


def test_look_at_credentials__is_content_when_all_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ML_CI_STAGING_TOKEN", "Bearer x")
    assert "ok" == look_at_credentials().state
