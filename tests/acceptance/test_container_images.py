"""Images for real: ours, those of a Dockerfile, those that exist; found, made again, cleaned up."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from ml_ci.artifacts.image_record import ImageRecord
from ml_ci.engines.base_image import BaseImage, find_image
from ml_ci.engines.choosing import why_not_the_image
from ml_ci.engines.docker_connection import EngineUnavailableError
from ml_ci.engines.docker_engine import DockerEngine
from ml_ci.engines.images import OwnImage
from ml_ci.params.container import ContainerSettings, ImageServer
from ml_ci.targets.running_server import StartError
from tests.builders.containers import (
    BROKEN_DOCKERFILE,
    DOCKERFILE,
    engine_for,
    settings_for,
    write_server,
)

pytestmark = pytest.mark.usefixtures("elsewhere", "nothing_left")


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
        assert server.ending() is None
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
