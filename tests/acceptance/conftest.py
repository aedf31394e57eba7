"""The real server on the tiny model, in a process and an environment of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ml_ci.artifacts import paths
from ml_ci.engines.context import ContextParts, ModelPart, build_context
from ml_ci.engines.process import ProcessEngine, ServerProcess
from ml_ci.serving.settings import ServerSettings
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
