"""Pushing: all that dvc.lock names is in the remote afterwards, whatever DVC makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.base.pipeline import read_pipeline
from ml_ci.errors import UserError
from ml_ci.takeover.pushing import complete_remote, push_outputs
from tests.builders.datasets import put
from tests.builders.packages import OURS, FakeDvc, here, listing, make_checkout, md5

TRAINED = f"{md5(listing({'weights.safetensors': OURS}))}.dir"


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_checkout(tmp_path / "checkout")
    monkeypatch.chdir(tmp_path / "checkout")


def place(name: str) -> Path:
    """Of an object in the remote."""
    return Path("dvc-remote/files/md5") / name[:2] / name[2:]


def push() -> None:
    storage = here()[1]
    pipeline = read_pipeline(lambda path: path.read_bytes() if path.is_file() else None)
    push_outputs(pipeline, storage, FakeDvc(storage=storage), complete_remote)


def test_push__adds_what_dvc_has_left_out() -> None:
    """It takes a folder for complete whose listing is there."""
    put(place(TRAINED), here()[1].place(TRAINED).read_bytes())

    push()

    assert OURS == place(md5(OURS)).read_bytes()


def test_push__leaves_alone_what_is_there() -> None:
    push()
    before = place(md5(OURS)).stat().st_ino

    push()

    assert before == place(md5(OURS)).stat().st_ino


@pytest.mark.parametrize("name", [md5(OURS), TRAINED], ids=["weights", "listing"])
def test_push__refuses_what_the_cache_lacks(name: str) -> None:
    here()[1].place(name).unlink()

    with pytest.raises(UserError) as caught:
        push()

    expected = "dvc.lock names weights or models that DVC's cache does not have"
    assert caught.value.what.startswith(expected)


def test_push__says_why_the_rest_could_not_be_added() -> None:
    put(Path("dvc-remote/files/md5") / md5(OURS)[:2], b"no folder")

    with pytest.raises(UserError, match="and yet not all is in the data remote"):
        push()
