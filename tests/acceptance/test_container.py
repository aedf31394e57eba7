"""The container for real: what runs is hardened, tells how it ended, and is always gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import requests
from docker import DockerClient

from ml_ci.engines.base_image import BaseImage
from ml_ci.engines.container import checkout_id
from ml_ci.engines.docker_engine import DockerEngine
from ml_ci.targets.running_server import StartError
from tests.builders.containers import engine_for
from tests.builders.images import png

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.usefixtures("elsewhere", "nothing_left")


def test_project_container__is_hardened(
    project_engine: DockerEngine, context: Path, base: BaseImage, client: DockerClient
) -> None:
    with project_engine.running(context) as server:
        attributes = server.container.attrs
        host = attributes["HostConfig"]

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
    of_base = client.images.get(base.id).attrs["Config"]["Env"] or []
    assert {"ML_CI_TRACE", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"} == {
        line.partition("=")[0]
        for line in attributes["Config"]["Env"]
        if line not in of_base and not line.startswith("PATH=")
    }
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
        while server.ending() is None and time.monotonic() < deadline:
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


def test_engine__that_ends_midway_is_told_and_hides_nothing(
    base: BaseImage, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine_for(base).running(own) as server, monkeypatch.context() as patch:

        def broken(*_: object, **__: object) -> None:
            raise requests.ConnectionError("broken pipe")

        patch.setattr(type(server.container), "reload", broken)
        ending = server.ending()

    assert "cannot be watched any more, the Docker engine does not answer (broken pipe)" == ending
