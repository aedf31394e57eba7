"""A package: its parts are there, can be read, and belong together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.base.pipeline import parse_yaml
from ml_ci.errors import UserError
from ml_ci.takeover.package import OUTPUTS, listed, read_package
from tests.builders.packages import PIPELINE, THEIRS, measured, write_package

ROOT = Path(__file__).resolve().parents[3]
MD5 = "0" * 32


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    paths.PIPELINE.write_text(PIPELINE, encoding="utf-8")


def refusal(files: dict[str, bytes]) -> str:
    with pytest.raises(UserError) as caught:
        read_package(write_package(Path("package"), files))
    return caught.value.what.removeprefix("what CI measured cannot be taken over: ")


def test_outputs__are_the_cached_ones_of_this_pipeline() -> None:
    stages = parse_yaml((ROOT / paths.PIPELINE).read_bytes(), "dvc.yaml")["stages"]
    cached = [out for stage in stages.values() for out in stage["outs"] if isinstance(out, str)]

    assert list(map(Path, cached)) == list(OUTPUTS)


def test_read_package__names_the_commit() -> None:
    package = read_package(write_package(Path("package"), measured(THEIRS, commit="a" * 40)))

    assert "a" * 40 == package.commit


@pytest.mark.parametrize(
    "name", ["meta.json", "dvc.lock", "metrics/golden.json", "metrics/inputs.json"]
)
def test_read_package__refuses_one_that_lacks_a_part(name: str) -> None:
    files = measured(THEIRS)
    del files[name]

    assert f"{name} is missing in it" == refusal(files)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param({"schema_version": 2}, "schema_version: Input should be 1", id="version"),
        pytest.param({"commit": "HEAD"}, "commit: String should match", id="no commit"),
        pytest.param({"more": 1}, "more: Extra inputs", id="another key"),
    ],
)
def test_read_package__refuses_meta_of_another_form(change: dict[str, object], what: str) -> None:
    meta = {**json.loads(measured(THEIRS)["meta.json"]), **change}

    assert refusal({**measured(THEIRS), "meta.json": json.dumps(meta).encode()}).startswith(what)


def test_read_package__refuses_a_lock_that_is_no_yaml() -> None:
    assert "dvc.lock is not valid YAML" in refusal({**measured(THEIRS), "dvc.lock": b"{"})


def test_read_package__refuses_metrics_of_another_run() -> None:
    others = measured(THEIRS, accuracy=0.5)["metrics/metrics.json"]
    files = {**measured(THEIRS), "metrics/metrics.json": others}

    assert "its metrics/metrics.json comes from another run than its dvc.lock" == refusal(files)


def test_read_package__refuses_metrics_that_cannot_be_read() -> None:
    files = {**measured(THEIRS), "metrics/metrics.json": b"[]"}

    assert "its metrics/metrics.json is damaged or of another version" == refusal(files)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "", "a\\b", "C:/x"], ids=repr)
def test_listed__refuses_a_path_that_leaves_the_folder(path: str) -> None:
    listing = json.dumps([{"md5": MD5, "relpath": path}]).encode()

    with pytest.raises(UserError, match="no path within a folder"):
        listed(MD5, listing)


@pytest.mark.parametrize("md5", ["x", f"{MD5}.dir", "../../etc/passwd"])
def test_listed__refuses_what_is_no_object_of_a_file(md5: str) -> None:
    with pytest.raises(UserError, match="which is no MD5"):
        listed(MD5, json.dumps([{"md5": md5, "relpath": "a"}]).encode())


@pytest.mark.parametrize("listing", [b"{", b"{}[]", b'["a"]', b"1"])
def test_listed__refuses_what_is_no_listing(listing: bytes) -> None:
    with pytest.raises(UserError, match="it is no listing"):
        listed(MD5, listing)
