"""The container engine for real: what runs is hardened, tells how it ended, and is always gone."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import requests
from docker import DockerClient

from ml_ci.artifacts.records import ImageRecord
from ml_ci.engines.base_image import BaseImage, find_image
from ml_ci.engines.choosing import why_not_the_image
from ml_ci.engines.container import CHECKOUT_LABEL, checkout_id
from ml_ci.engines.docker_connection import EngineUnavailableError, connected
from ml_ci.engines.docker_engine import DockerEngine
from ml_ci.engines.images import OwnImage, ProjectImage
from ml_ci.params.container import ContainerSettings, ImageServer
from ml_ci.targets.engine import StartError
from tests.builders.containers import (
    BASE,
    BROKEN_DOCKERFILE,
    DOCKERFILE,
    engine_for,
    needed_base,
    settings_for,
    write_server,
)
from tests.builders.images import png

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def base() -> BaseImage:
    """What test images are made from."""
    return needed_base()


@pytest.fixture(scope="module")
def client(base: BaseImage, elsewhere: Path) -> Iterator[DockerClient]:
    """Of the engine; the images that these tests made are removed at the end."""
    with connected() as connection:
        yield connection
        label = f"{CHECKOUT_LABEL}={checkout_id()}"
        for image in connection.api.images(filters={"label": label}):
            for name in image["RepoTags"] or []:
                connection.api.remove_image(name, force=True)


@pytest.fixture(scope="module", autouse=True)
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Another working folder, so that a pipeline at work in this checkout keeps its container."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("checkout")
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A context of a server that is not ours."""
    return write_server(tmp_path_factory.mktemp("own") / "context")


@pytest.fixture(autouse=True)
def nothing_left(client: DockerClient) -> Iterator[None]:
    """After every test: no container of this checkout, running or not."""
    yield
    label = f"ml-ci.checkout={checkout_id()}"
    left = client.containers.list(all=True, filters={"label": label})
    assert [] == [container.name for container in left]


@pytest.fixture(scope="module")
def project_engine(tmp_path_factory: pytest.TempPathFactory) -> DockerEngine:
    """For the project's own server."""
    wheels = ROOT / ".ml-ci/wheels"
    source = ProjectImage(base=BASE, wheels=wheels)
    return DockerEngine(source=source, memory_mb=512, ready_seconds=30.0, stop_seconds=10.0)


def test_project_container__is_hardened(project_engine: DockerEngine, context: Path) -> None:
    with project_engine.running(context) as server:
        attributes = server.container.attrs
        host = attributes["HostConfig"]
        variables = {line.partition("=")[0] for line in attributes["Config"]["Env"]}

    assert "10001:10001" == attributes["Config"]["User"]
    assert host["ReadonlyRootfs"]
    assert not host["Privileged"]
    assert ["ALL"] == host["CapDrop"]
    assert not host["CapAdd"]
    assert 512 == host["PidsLimit"]
    assert {"max-size": "5m", "max-file": "1"} == host["LogConfig"]["Config"]
    assert ["no-new-privileges"] == host["SecurityOpt"]
    assert 512 * 2**20 == host["Memory"] == host["MemorySwap"]
    assert [] == attributes["Mounts"]
    assert {"PATH", "ML_CI_TRACE", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"} == variables
    assert ["127.0.0.1"] == [
        binding["HostIp"]
        for bindings in attributes["NetworkSettings"]["Ports"].values()
        for binding in bindings
    ]


def test_project_container__answers(project_engine: DockerEngine, context: Path) -> None:
    with (
        project_engine.running(context) as server,
        httpx.Client(base_url=server.url, trust_env=False) as http,
    ):
        answer = http.post("/v1/models/shapes:trace", content=png())

    assert httpx.codes.OK == answer.status_code


def test_project_image__is_found_again(project_engine: DockerEngine, context: Path) -> None:
    first, second = project_engine.prepare(context), project_engine.prepare(context)

    assert first.id == second.id
    assert second.build_seconds is None


def test_project_image__that_is_gone_is_made_again(
    project_engine: DockerEngine,
    context: Path,
    client: DockerClient,
    capfd: pytest.CaptureFixture[str],
) -> None:
    image = project_engine.prepare(context)
    client.images.remove(image.id, force=True)

    with dataclasses.replace(project_engine, image=image).running(context) as server:
        assert server.is_alive()
    assert f"{image.name} is gone from the engine; it is made again" in capfd.readouterr().err


def test_project_image__holds_no_pip_and_no_torch(
    project_engine: DockerEngine, context: Path, client: DockerClient
) -> None:
    find = "from importlib.util import find_spec as find; "
    script = find + "print([name for name in ('pip', 'torch', 'pydantic') if find(name)])"
    image = project_engine.prepare(context)

    output = client.containers.run(
        image.id, ["-c", script], entrypoint="python", remove=True, network_mode="none"
    )

    assert b"[]" == output.strip()


def test_build__that_fails_names_the_step(base: BaseImage, tmp_path: Path) -> None:
    context = write_server(tmp_path / "context", BROKEN_DOCKERFILE)

    with pytest.raises(
        StartError, match=r"the build failed at Step 4/\d+ : RUN echo no such"
    ) as error:
        engine_for(base).prepare(context)

    assert "no such package" in error.value.log_tail


def test_build__of_no_dockerfile_says_so(base: BaseImage, tmp_path: Path) -> None:
    context = write_server(tmp_path / "context", "NONSENSE\n")

    with pytest.raises(StartError, match=r"the image cannot be built: .*NONSENSE"):
        engine_for(base).prepare(context)


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        pytest.param("exit", "the server ended with exit code 3 before it was ready", id="exits"),
        pytest.param("crash", "the server was ended by SIGSEGV before it was ready", id="crashes"),
        pytest.param(
            "silent",
            r"the server was not ready after 2 s: /ready could not be reached",
            id="silent",
        ),
        pytest.param(
            "elsewhere",
            r"the server was not ready after 2 s: /ready could not be reached",
            id="listens-on-another-port",
        ),
        pytest.param(
            "unwell", "the server was not ready after 2 s: /ready answered 500", id="unwell"
        ),
    ],
)
def test_server__that_does_not_get_ready_says_why(
    mode: str, sentence: str, base: BaseImage, own: Path
) -> None:
    with (
        pytest.raises(StartError, match=sentence) as error,
        engine_for(base, mode, ready_seconds=2.0).running(own),
    ):
        pytest.fail("it got ready")

    assert (f"mode {mode}",) == error.value.log_tail[:1]


def test_server__killed_for_memory_says_so(base: BaseImage, own: Path) -> None:
    with engine_for(base, "greedy", memory_mb=64).running(own) as server:
        with pytest.raises(httpx.HTTPError):
            httpx.post(f"{server.url}/predict", content=b"x", timeout=60.0, trust_env=False)
        deadline = time.monotonic() + 10
        while server.is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)

        assert (
            "was killed because it needed more memory than container.memory_mb (64 MB)"
            == server.ending()
        )


def test_server__that_ignores_sigterm_is_killed(
    base: BaseImage, own: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with engine_for(base, "stubborn", stop_seconds=1.0).running(own):
        pass

    assert "did not stop within 1 s of SIGTERM and was killed" in capfd.readouterr().err


def test_server__that_stops_in_time_is_not_complained_about(
    base: BaseImage, own: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with engine_for(base, stop_seconds=10.0).running(own):
        pass

    assert "did not stop" not in capfd.readouterr().err


def test_server__is_removed_when_the_caller_is_interrupted(base: BaseImage, own: Path) -> None:
    with pytest.raises(KeyboardInterrupt), engine_for(base).running(own):
        raise KeyboardInterrupt


def test_server__removed_by_someone_else_is_no_crash(base: BaseImage, own: Path) -> None:
    with engine_for(base).running(own) as server:
        server.container.remove(force=True)

        assert "was removed by someone else" == server.ending()


def test_servers__of_one_image_run_side_by_side(base: BaseImage, own: Path) -> None:
    """The engine chooses the port, so none can be taken."""
    engine = engine_for(base)
    with engine.running(own) as first, engine.running(own) as second:
        ports = {first.url, second.url}

    assert 2 == len(ports)


def test_own_server__runs_without_a_port_on_other_interfaces(base: BaseImage, own: Path) -> None:
    with engine_for(base).running(own) as server:
        published = server.container.attrs["NetworkSettings"]["Ports"]

    assert {"127.0.0.1"} == {entry["HostIp"] for entries in published.values() for entry in entries}


def test_run__that_was_killed_is_swept_by_the_next(
    base: BaseImage, own: Path, client: DockerClient
) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from tests.builders.containers import engine_for, needed_base\n"
        "with engine_for(needed_base()).running(Path(sys.argv[1])) as server:\n"
        "    print(server.container.name, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(own)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as killed:
        assert killed.stdout is not None
        name = killed.stdout.readline().strip()
        killed.send_signal(signal.SIGKILL)
    label = f"ml-ci.checkout={checkout_id()}"
    left = [c.name for c in client.containers.list(filters={"label": label})]

    with engine_for(base).running(own) as server:
        now = [c.name for c in client.containers.list(filters={"label": label})]

    assert [name] == left
    assert [server.container.name] == now


@pytest.fixture
def own_image(base: BaseImage, own: Path, client: DockerClient) -> Iterator[ImageServer]:
    """An image that exists already, with the models mounted."""
    built = engine_for(base).prepare(own)
    client.images.get(built.id).tag("ml-ci-test-own", "1")
    document = settings_for(base).model_dump(
        exclude={"kind", "dockerfile", "build_args", "build_network"}
    )
    yield ImageServer.model_validate(
        {
            **document,
            "kind": "image",
            "image": "ml-ci-test-own:1",
            "command": ["--a-word"],
            "models_at": "/models",
        }
    )
    client.images.remove("ml-ci-test-own:1")


def engine_of_image(settings: ImageServer) -> DockerEngine:
    source = OwnImage(settings=settings)
    return DockerEngine(source=source, memory_mb=64, ready_seconds=20.0, stop_seconds=2.0)


def test_own_image__has_the_models_read_only_where_it_wants_them(
    own_image: ImageServer, context: Path
) -> None:
    with engine_of_image(own_image).running(context) as server:
        seen = str(server.container.exec_run("ls /models/shapes/1").output)
        written = str(server.container.exec_run("touch /models/shapes/1/x").output)

    assert "model.onnx" in seen
    assert "Read-only file system" in written


def test_own_image__is_started_with_the_command(own_image: ImageServer, context: Path) -> None:
    with engine_of_image(own_image).running(context) as server:
        assert ["--a-word"] == server.container.attrs["Config"]["Cmd"]


def test_own_image__confined_can_write_to_tmp_alone(own_image: ImageServer, context: Path) -> None:
    with engine_of_image(own_image).running(context) as server:
        codes = [server.container.exec_run(f"touch {at}/x").exit_code for at in ("/tmp", "/srv")]  # noqa: S108

    assert [0, 1] == codes


def test_own_image__unconfined_keeps_the_limits_that_matter_outside(
    own_image: ImageServer, context: Path
) -> None:
    free = own_image.model_copy(update={"confined": False})
    with engine_of_image(free).running(context) as server:
        host = server.container.attrs["HostConfig"]

    assert (False, None, 64 * 2**20, False) == (
        host["ReadonlyRootfs"],
        host["CapDrop"],
        host["Memory"],
        host["Privileged"],
    )


def test_own_image__that_cannot_be_had_is_an_error(own_image: ImageServer, context: Path) -> None:
    missing = own_image.model_copy(update={"image": "localhost:1/no-such:1"})

    with pytest.raises(EngineUnavailableError, match="localhost:1/no-such:1 is not here"):
        engine_of_image(missing).prepare(context)


def test_old_images__lose_our_name_and_nobody_elses(
    base: BaseImage, client: DockerClient, tmp_path: Path
) -> None:
    """A label is inherited by what is made from an image, so it tells nothing about the owner."""
    engine = engine_for(base)
    images = []
    for number in range(4):
        context = write_server(tmp_path / str(number), f"{DOCKERFILE}LABEL number={number}\n")
        images.append(engine.prepare(context))
        if number == 0:
            time.sleep(1.1)  # the engine dates its images by the second
            client.images.get(images[0].id).tag("ml-ci-test-production", "7")

    there = [find_image(client, image.name) is not None for image in images]
    theirs = find_image(client, "ml-ci-test-production:7")
    client.images.remove("ml-ci-test-production:7")

    assert [False, True, True, True] == there
    assert theirs is not None


def test_why_not_the_image__when_its_name_was_given_to_another(
    own_image: ImageServer, base: BaseImage, client: DockerClient, context: Path, tmp_path: Path
) -> None:
    settings = ContainerSettings(
        engine="docker", memory_mb=64, ready_seconds=20.0, stop_seconds=2.0, server=own_image
    )
    record = ImageRecord(
        wanted="docker",
        used="docker",
        reason="",
        context_sha256="0",
        image=engine_of_image(own_image).prepare(context),
        failure=None,
        log_tail=(),
    )
    before = why_not_the_image(record, settings)
    other = write_server(tmp_path / "other", f"{DOCKERFILE}LABEL other=1\n")
    client.images.get(engine_for(base).prepare(other).id).tag("ml-ci-test-own", "1")

    assert (None, "ml-ci-test-own:1 is another image now") == (
        before,
        why_not_the_image(record, settings),
    )


def test_engine__that_ends_midway_is_told_and_hides_nothing(
    base: BaseImage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine_for(base).running(own) as server, monkeypatch.context() as patch:

        def broken(*_: object, **__: object) -> None:
            raise requests.ConnectionError("broken pipe")

        patch.setattr(type(server.container), "reload", broken)
        ending = server.ending()

    assert "cannot be watched any more, the Docker engine does not answer (broken pipe)" == ending
