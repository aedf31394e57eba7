"""The build context: exactly what the server needs."""

from __future__ import annotations

from pathlib import Path

import grimp
import pytest

from ml_ci.engines.context import (
    APP_MODULES,
    ContextParts,
    ModelPart,
    build_context,
    build_own_context,
    context_hash,
    executables,
)
from ml_ci.errors import UserError
from ml_ci.serving.settings import ServerSettings
from tests.builders.images import RULE
from tests.builders.onnx_model import write_model

SETTINGS = ServerSettings(
    model="shapes", version=1, rule=RULE, body_bytes=1000, instances=4, threads=1
)


@pytest.fixture
def parts(tmp_path: Path) -> ContextParts:
    for name in ("serving.txt", "image.txt", "Dockerfile"):
        (tmp_path / name).write_text(f"{name}\n")
    return ContextParts(
        model=ModelPart(folder=write_model(tmp_path / "models"), name="shapes", version=1),
        lock=tmp_path / "serving.txt",
        image_lock=tmp_path / "image.txt",
        dockerfile=tmp_path / "Dockerfile",
        settings=SETTINGS,
    )


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
        "Dockerfile",
        "requirements/image.txt",
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
    (parts.model.folder / "model.onnx").write_bytes(b"other")
    assert build_context(tmp_path / "context", parts) != before


def test_build_context__without_a_model_says_so(parts: ContextParts, tmp_path: Path) -> None:
    (parts.model.folder / "model.onnx").rename(tmp_path / "away")
    (parts.model.folder / "network.onnx").unlink()
    parts.model.folder.rmdir()
    with pytest.raises(UserError) as caught:
        build_context(tmp_path / "context", parts)
    assert caught.value.where == str(parts.model.folder)


def own_server(folder: Path) -> Path:
    (folder / "app").mkdir(parents=True)
    (folder / "Dockerfile").write_text("FROM scratch\n")
    (folder / "app/serve.py").write_text("")
    (folder / ".notes").write_text("")
    return folder


def test_build_own_context__holds_the_server_and_the_model(
    parts: ContextParts, tmp_path: Path
) -> None:
    build_own_context(tmp_path / "context", parts.model, own_server(tmp_path / "server"))
    found = {
        path.relative_to(tmp_path / "context").as_posix()
        for path in (tmp_path / "context").rglob("*")
        if path.is_file()
    }
    assert found == {
        "Dockerfile",
        "app/serve.py",
        "models/shapes/1/model.onnx",
        "models/shapes/1/network.onnx",
    }


def test_build_own_context__of_an_image_holds_the_model_alone(
    parts: ContextParts, tmp_path: Path
) -> None:
    build_own_context(tmp_path / "context", parts.model, None)
    assert ["models"] == [path.name for path in (tmp_path / "context").iterdir()]


def test_build_own_context__refuses_a_folder_called_models(
    parts: ContextParts, tmp_path: Path
) -> None:
    own = own_server(tmp_path / "server")
    (own / "models").mkdir()
    with pytest.raises(UserError) as caught:
        build_own_context(tmp_path / "context", parts.model, own)
    assert "models/ is where the exported model is put" == caught.value.what


def test_build_own_context__refuses_links(parts: ContextParts, tmp_path: Path) -> None:
    own = own_server(tmp_path / "server")
    (tmp_path / "lib").mkdir()
    (own / "lib").symlink_to(tmp_path / "lib")
    with pytest.raises(UserError) as caught:
        build_own_context(tmp_path / "context", parts.model, own)
    assert str(own / "lib") == caught.value.where


def test_context_hash__changes_with_what_is_executable(parts: ContextParts, tmp_path: Path) -> None:
    own = own_server(tmp_path / "server")
    before = build_own_context(tmp_path / "context", parts.model, own)
    (own / "app/serve.py").chmod(0o755)
    assert before != build_own_context(tmp_path / "context", parts.model, own)
    assert ["app/serve.py"] == executables(own)
