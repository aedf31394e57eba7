"""The real server on the tiny model, in a process and an environment of its own; the engine; GitHub
on loopback with a CML in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from docker import DockerClient

from ml_ci.artifacts import paths
from ml_ci.engines.base_image import BaseImage
from ml_ci.engines.container import CHECKOUT_LABEL, checkout_id
from ml_ci.engines.context import ContextParts, ModelPart, build_context
from ml_ci.engines.docker_connection import connected
from ml_ci.engines.docker_engine import DockerEngine
from ml_ci.engines.images import ProjectImage
from ml_ci.engines.process import ProcessEngine, ServerProcess
from ml_ci.serving.settings import ServerSettings
from tests.builders.containers import BASE, needed_base, write_server
from tests.builders.github.posting import SHA, Scene, any_cml
from tests.builders.github.server import Address, serving
from tests.builders.github.state import FakeGitHub
from tests.builders.images import RULE
from tests.builders.onnx_model import write_model

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ServerSettings(
    model="shapes", version=None, rule=RULE, body_bytes=1_000_000, instances=8, threads=1
)


@pytest.fixture(scope="session")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build context."""
    folder = tmp_path_factory.mktemp("acceptance")
    parts = ContextParts(
        model=ModelPart(folder=write_model(folder / "models"), name=SETTINGS.model, version=1),
        lock=ROOT / paths.SERVING_LOCK,
        image_lock=ROOT / paths.IMAGE_LOCK,
        dockerfile=ROOT / paths.DOCKERFILE,
        settings=SETTINGS,
    )
    build_context(folder / "context", parts)
    return folder / "context"


@pytest.fixture(scope="session")
def engine() -> ProcessEngine:
    """With the trace routes; its environment is the one that `dvc repro` uses."""
    environments = ROOT / paths.STATE / "serving-env"
    return ProcessEngine(environments=environments, ready_seconds=30.0, stop_seconds=5.0)


@pytest.fixture(scope="session")
def server(engine: ProcessEngine, context: Path) -> Iterator[ServerProcess]:
    """One server for all tests that leave it running."""
    with engine.running(context) as running:
        yield running


@pytest.fixture
def http(server: ServerProcess) -> Iterator[httpx.Client]:
    """A client of ``server``."""
    with httpx.Client(base_url=server.url, trust_env=False, timeout=10.0) as client:
        yield client


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
                if name.startswith("ml-ci:"):  # one that lost its name is called <none>:<none>
                    connection.api.remove_image(name, force=True)


@pytest.fixture(scope="module")
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


@pytest.fixture
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


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeGitHub, Address]]:
    hub = FakeGitHub()
    with serving(hub, tmp_path_factory.mktemp("github")) as address:
        yield hub, address


@pytest.fixture
def hub(served: tuple[FakeGitHub, Address]) -> FakeGitHub:
    shared, _ = served
    shared.clear()
    shared.add_pull(number=1, head="team:topic", sha=SHA)
    return shared


@pytest.fixture
def scene(hub: FakeGitHub, served: tuple[FakeGitHub, Address], tmp_path: Path) -> Scene:
    """With the real CML where there is one."""
    return Scene(hub=hub, address=served[1], folder=tmp_path, cml=any_cml())
