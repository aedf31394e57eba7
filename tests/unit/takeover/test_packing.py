"""Packing: what can be taken over elsewhere, and only of a commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.takeover.packing import Packed, pack
from tests.builders.datasets import put
from tests.builders.packages import OURS, PARAMS, git, here, make_checkout, measured


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The commit of the working folder."""
    make_checkout(tmp_path / "checkout")
    monkeypatch.chdir(tmp_path / "checkout")
    return git(Path(), "rev-parse", "HEAD").strip()


def packed() -> dict[str, bytes]:
    pack(Path("../package"), *here())
    files = [path for path in Path("../package").rglob("*") if path.is_file()]
    return {path.relative_to("../package").as_posix(): path.read_bytes() for path in files}


def test_pack__holds_lock_metrics_objects_and_the_commit(checkout: str) -> None:
    found = packed()

    wanted = measured(OURS, commit=checkout)
    assert (set(wanted), wanted["dvc.lock"]) == (set(found), found["dvc.lock"])


def test_pack__says_what_is_in_it(checkout: str) -> None:
    objects = [value for name, value in measured(OURS).items() if name.startswith("cache/")]

    expected = Packed(commit=checkout, objects=4, bytes=sum(map(len, objects)))
    assert expected == pack(Path("../package"), *here())


def test_pack__takes_what_the_pipeline_has_written_since(checkout: str) -> None:
    put(Path("metrics/metrics.json"), b'{"accuracy": 0.7}')

    assert b'{"accuracy": 0.7}' == packed()["metrics/metrics.json"]


def test_pack__refuses_when_an_input_differs_from_the_commit() -> None:
    put(Path("params.yaml"), PARAMS.replace("4", "5").encode())

    with pytest.raises(UserError, match="measured is not of it"):
        packed()


def test_pack__refuses_when_the_cache_has_lost_an_object() -> None:
    next(Path(".dvc/cache/files/md5").rglob("*.dir")).unlink()

    with pytest.raises(UserError, match="not in DVC's cache"):
        packed()
