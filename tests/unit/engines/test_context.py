"""The build context: exactly what the server needs."""

from __future__ import annotations

from pathlib import Path

import grimp
import pytest

from ml_ci.engines.context import APP_MODULES, ContextParts, build_context, context_hash
from ml_ci.errors import UserError
from ml_ci.serving.settings import ServerSettings
from tests.builders.images import RULE
from tests.builders.onnx_model import write_model

SETTINGS = ServerSettings(
    model="shapes", version=1, rule=RULE, body_bytes=1000, instances=4, threads=1
)


@pytest.fixture
def parts(tmp_path: Path) -> ContextParts:
    lock = tmp_path / "serving.txt"
    lock.write_text("numpy==2.4.6\n")
    model = write_model(tmp_path / "models")
    return ContextParts(model=model, version=1, lock=lock, settings=SETTINGS)


def test_app_modules__are_what_the_server_imports() -> None:
    graph = grimp.build_graph("ml_ci", cache_dir=None)
    serving = {"ml_ci.serving", *graph.find_descendants("ml_ci.serving")}
    needed = serving.union(*(graph.find_upstream_modules(module) for module in serving))
    # Importing a module runs the packages around it
    parents = {module.rsplit(".", depth)[0] for module in needed for depth in (1, 2)}
    assert tuple(sorted(needed | parents)) == APP_MODULES


def test_build_context__holds_nothing_else(parts: ContextParts, tmp_path: Path) -> None:
    build_context(tmp_path / "context", parts)
    found = {
        path.relative_to(tmp_path / "context").as_posix()
        for path in (tmp_path / "context").rglob("*")
        if path.is_file() and path.suffix != ".py"
    }
    assert found == {
        "models/shapes/1/model.onnx",
        "models/shapes/1/network.onnx",
        "requirements/serving.txt",
        "serving.json",
    }


def test_build_context__holds_every_module(parts: ContextParts, tmp_path: Path) -> None:
    build_context(tmp_path / "context", parts)
    files = (tmp_path / "context").rglob("*.py")
    names = {path.relative_to(tmp_path / "context").with_suffix("") for path in files}
    modules = {".".join(name.parts).removesuffix(".__init__") for name in names}
    assert modules == set(APP_MODULES)


def test_build_context__replaces_an_older_one(parts: ContextParts, tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "context" / "stale.py").write_text("")
    build_context(tmp_path / "context", parts)
    assert not (tmp_path / "context" / "stale.py").exists()


def test_context_hash__is_the_same_in_another_folder(parts: ContextParts, tmp_path: Path) -> None:
    hashes = [build_context(tmp_path / name, parts) for name in ("one", "two")]
    assert hashes == [context_hash(tmp_path / "one")] * 2


def test_context_hash__changes_with_the_model(parts: ContextParts, tmp_path: Path) -> None:
    before = build_context(tmp_path / "context", parts)
    (parts.model / "model.onnx").write_bytes(b"other")
    assert build_context(tmp_path / "context", parts) != before


def test_build_context__without_a_model_says_so(parts: ContextParts, tmp_path: Path) -> None:
    (parts.model / "model.onnx").rename(tmp_path / "away")
    (parts.model / "network.onnx").unlink()
    parts.model.rmdir()
    with pytest.raises(UserError) as caught:
        build_context(tmp_path / "context", parts)
    assert caught.value.where == str(parts.model)
