"""A fake GitHub for a whole module, empty again for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ml_ci.github.api import GitHub
from tests.builders.github.client import Clock, connected
from tests.builders.github.posting import SHA, Scene, in_process
from tests.builders.github.server import Address, serving
from tests.builders.github.state import FakeGitHub


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeGitHub, Address]]:
    hub = FakeGitHub()
    with serving(hub, tmp_path_factory.mktemp("github")) as address:
        yield hub, address


@pytest.fixture
def hub(served: tuple[FakeGitHub, Address]) -> FakeGitHub:
    """What GitHub knows."""
    shared, _ = served
    shared.clear()
    return shared


@pytest.fixture
def address(served: tuple[FakeGitHub, Address]) -> Address:
    return served[1]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def github(hub: FakeGitHub, address: Address, clock: Clock) -> Iterator[GitHub]:
    with connected(address, clock) as client:
        yield client


@pytest.fixture
def scene(hub: FakeGitHub, address: Address, tmp_path: Path) -> Scene:
    """A poster in front of the fake GitHub, which has one pull request."""
    hub.add_pull(number=1, head="team:topic", sha=SHA)
    return Scene(hub=hub, address=address, folder=tmp_path, execute=in_process)
