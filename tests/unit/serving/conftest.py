"""The tiny model, and the application in this process without a socket."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.serving.app import Server, make_app, make_workers
from ml_ci.serving.climb import Climber
from ml_ci.serving.session import ModelSession, load_session
from ml_ci.serving.settings import ServerSettings
from ml_ci.serving.tracing import Tracer
from tests.builders.asgi import Send, sender
from tests.builders.images import RULE
from tests.builders.onnx_model import write_model

SETTINGS = ServerSettings(
    model="shapes", version=1, rule=RULE, body_bytes=200_000, instances=4, threads=1
)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_model(folder)
    return folder


@pytest.fixture(scope="session")
def session(models: Path) -> ModelSession:
    return load_session(models, name="shapes", version=1, threads=1, network=True)


@pytest.fixture(scope="session")
def tracer(session: ModelSession) -> Tracer:
    climber = Climber(session=session, rule=RULE)
    return Tracer(climber=climber, environment={"python": "3.11.7"})


@pytest.fixture
def send(tracer: Tracer) -> Send:
    """Send one request to the application with the trace routes."""
    server = Server(settings=SETTINGS, climber=tracer.climber, workers=make_workers())
    return sender(make_app(server, tracer))


@pytest.fixture
def send_in_production(tracer: Tracer) -> Send:
    """Send one request to the application as it is shipped: without the trace routes."""
    server = Server(settings=SETTINGS, climber=tracer.climber, workers=make_workers())
    return sender(make_app(server, None))
