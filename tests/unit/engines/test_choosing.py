"""Which engine runs the server: what params.yaml and the environment want, what the machine has."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts.image_record import BuiltImage, ImageRecord
from ml_ci.engines import base_image, docker_connection
from ml_ci.engines.choosing import (
    ENGINE_VARIABLE,
    engine_of,
    prepare_engine,
    wanted_engine,
    why_prepare_again,
)
from ml_ci.engines.docker_connection import EngineUnavailableError, connected
from ml_ci.engines.docker_engine import DockerEngine
from ml_ci.engines.virtual_environment import ServingEnvironment
from ml_ci.errors import UserError
from ml_ci.params.container import ContainerSettings, ImageServer
from tests.builders.containers import needed_base
from tests.builders.own_servers import IMAGE as IMAGE_SERVER

NOWHERE = "unix:///nonexistent/engine.sock"
NO_ENGINE = "no Docker engine is running"
IMAGE = BuiltImage(
    name="ml-ci:1",
    id="sha256:1",
    size_bytes=1,
    base="b",
    base_id="b",
    stands_in_for=None,
    base_bytes=1,
    build_seconds=None,
)


def settings(engine: str, base: str = "base:1") -> ContainerSettings:
    return ContainerSettings.model_validate(
        {
            "engine": engine,
            "memory_mb": 64,
            "ready_seconds": 1.0,
            "stop_seconds": 1.0,
            "server": {"kind": "project", "base": base},
        }
    )


def record(used: str, wanted: str = "auto") -> ImageRecord:
    return ImageRecord(
        wanted=wanted,
        used=used,
        reason="",
        context_sha256="0",
        image=IMAGE if used == "docker" else None,
        failure=None,
        log_tail=(),
    )


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    monkeypatch.setattr(docker_connection, "_installed", lambda: "/usr/bin/dockerd")


@pytest.fixture
def environments(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The virtual environments that would have been made (that costs seconds and is tested)."""
    made: list[Path] = []

    def make(self: ServingEnvironment) -> Path:
        made.append(self.lock)
        return self.lock

    monkeypatch.setattr(ServingEnvironment, "make", make)
    return made


def test_wanted_engine__is_that_of_params(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)

    assert "auto" == wanted_engine(settings("auto"))


def test_wanted_engine__is_overridden_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENGINE_VARIABLE, "docker")

    assert "docker" == wanted_engine(settings("auto"))


def test_wanted_engine__of_an_unknown_name_says_what_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ENGINE_VARIABLE, "podman")

    with pytest.raises(UserError) as error:
        wanted_engine(settings("auto"))

    assert "ML_CI_ENGINE is 'podman'" == error.value.what
    assert "expected: one of auto, docker, process" == error.value.fix


@pytest.mark.usefixtures("no_engine")
def test_prepare_engine__auto_without_an_engine_falls_back_and_says_so(
    environments: list[Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    prepared = prepare_engine(tmp_path, settings("auto"), state=tmp_path)

    assert ("process", NO_ENGINE) == (prepared.used, prepared.reason)
    assert 1 == len(environments)
    assert "the server runs as a process instead" in capfd.readouterr().err


@pytest.mark.usefixtures("no_engine")
def test_prepare_engine__docker_without_an_engine_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EngineUnavailableError, match="Docker"):
        prepare_engine(tmp_path, settings("docker"), state=tmp_path)


def test_prepare_engine__docker_without_the_base_names_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed_base()
    monkeypatch.setattr(base_image, "STAND_IN", "ml-ci-test/no-such-image:1")

    with pytest.raises(EngineUnavailableError) as error:
        prepare_engine(tmp_path, settings("docker", "localhost:1/no-such:1"), state=tmp_path)

    assert error.value.what.startswith("the image localhost:1/no-such:1 is not here and cannot be")
    assert "scripts/docker_engine.py up" in error.value.fix


@pytest.mark.usefixtures("environments")
def test_prepare_engine__auto_without_the_base_falls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed_base()
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)
    monkeypatch.setattr(base_image, "STAND_IN", "ml-ci-test/no-such-image:1")

    prepared = prepare_engine(tmp_path, settings("auto", "localhost:1/no-such:1"), state=tmp_path)

    assert "process" == prepared.used
    assert prepared.reason.startswith("the image localhost:1/no-such:1 is not here")


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(
    ("made", "engine", "reason"),
    [
        pytest.param(record("process"), "auto", None, id="still-no-engine"),
        pytest.param(record("docker"), "auto", NO_ENGINE, id="engine-gone"),
        pytest.param(record("process", "process"), "process", None, id="process-wanted"),
        pytest.param(
            record("process"), "process", "the engine `process` is wanted now", id="other-wanted"
        ),
    ],
)
def test_why_prepare_again__without_an_engine(
    made: ImageRecord, engine: str, reason: str | None
) -> None:
    assert reason == why_prepare_again(made, settings(engine))


def test_why_prepare_again__when_an_engine_appeared(monkeypatch: pytest.MonkeyPatch) -> None:
    base = needed_base()
    monkeypatch.delenv(ENGINE_VARIABLE, raising=False)

    reason = why_prepare_again(record("process"), settings("auto", base.name))

    assert "there is a Docker engine now" == reason


def test_engine_of__runs_the_very_image_that_was_recorded(tmp_path: Path) -> None:
    engine = engine_of(record("docker"), settings("docker"), state=tmp_path)

    assert isinstance(engine, DockerEngine)
    assert IMAGE == engine.image


def test_wanted_engine__process_is_nothing_for_a_server_of_the_users_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ENGINE_VARIABLE, "process")
    own = settings("auto").model_copy(update={"server": ImageServer.model_validate(IMAGE_SERVER)})

    with pytest.raises(UserError) as error:
        wanted_engine(own)

    assert "expected: auto or docker: a server of kind image needs a container" == error.value.fix


def test_find_image__of_what_is_no_name_says_so() -> None:
    needed_base()

    with connected() as client, pytest.raises(UserError) as error:
        base_image.find_image(client, "Python:3.11")

    assert error.value.what.startswith("'Python:3.11' is no name of an image: ")
