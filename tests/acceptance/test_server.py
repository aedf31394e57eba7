"""The running server: start, predict, trace, refuse bad input, stop."""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from ml_ci.data.probes import decoder_probes, resize_probes
from ml_ci.engines.context import context_hash
from ml_ci.engines.process import ProcessEngine, ServerProcess
from ml_ci.rung import record_array, record_bytes
from ml_ci.serving.session import ModelSession, load_session
from ml_ci.targets.asking import Source
from ml_ci.targets.replay import ReplayJob, replay
from ml_ci.targets.routes import routes_of_model
from ml_ci.targets.running_server import StartError
from ml_ci.trace.reading import Trace
from ml_ci.wire import unpack
from tests.builders.images import picture, png
from tests.builders.target_settings import replay_settings

MODEL = "/v1/models/shapes"
JOB = ReplayJob(
    target="process",
    receipt="r",
    routes=routes_of_model("shapes"),
    settings=replay_settings(concurrency=4, timeout_seconds=10.0),
)


@pytest.fixture(scope="session")
def session(context: Path) -> ModelSession:
    """The same model in this process."""
    return load_session(context / "models", name="shapes", version=1, threads=1, network=False)


def instances(*contents: bytes) -> dict[str, Any]:
    return {"instances": [{"b64": base64.b64encode(content).decode()} for content in contents]}


def sources(count: int) -> list[Source]:
    contents = [png(picture(seed, height=3 + seed % 20)) for seed in range(count)]
    return [
        Source(name=f"{seed:03}.png", read=lambda content=content: content)  # type: ignore[misc]
        for seed, content in enumerate(contents)
    ]


def test_predict__answers_what_the_model_says(http: httpx.Client, session: ModelSession) -> None:
    (answer,) = http.post(f"{MODEL}:predict", json=instances(png())).json()["predictions"]
    expected = session.predict(picture())
    assert answer["label"] == expected.label
    probabilities = np.array(answer["probabilities"], dtype=np.float32)
    assert probabilities.tobytes() == expected.probabilities.tobytes()


def test_predict__names_the_image_that_cannot_be_used(http: httpx.Client) -> None:
    answer = http.post(f"{MODEL}:predict", json=instances(png(), png()[:-20]))
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("instance 1: ")
    assert "label" in answer.json()["predictions"][0]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="nothing"),
        pytest.param(b"\x00\xff", 400, id="bytes"),
        pytest.param(b"[" * 500_000, 400, id="deep"),
        pytest.param(b'{"instances": NaN}', 400, id="NaN"),
        pytest.param(json.dumps(instances(*[b""] * 9)).encode(), 413, id="many instances"),
        pytest.param(b"x" * 3_000_000, 413, id="large"),
    ],
)
def test_predict__refuses(http: httpx.Client, body: bytes, status: int) -> None:
    answer = http.post(f"{MODEL}:predict", content=body)
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


def test_predict__does_not_wait_for_an_endless_body(server: ServerProcess) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10.0) as connection:
        head = f"POST {MODEL}:predict HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        connection.sendall(head.encode())
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        for _ in range(17):  # 1.1 MB of the 1 MB that are accepted, and no end
            connection.sendall(chunk)
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_trace__tells_what_reached_the_server(http: httpx.Client) -> None:
    rungs = unpack(http.post(f"{MODEL}:trace", content=png()).content).rungs
    assert rungs["received"].rung == record_bytes(png()).rung
    assert rungs["decoded"].rung == record_array(picture(), text="RGB").rung
    assert rungs["image"].rung == record_array(picture()).rung


def test_trace__has_the_bits_of_the_same_model_here(
    http: httpx.Client, session: ModelSession
) -> None:
    rungs = unpack(http.post(f"{MODEL}:trace", content=png()).content).rungs
    expected = session.climb_from_image(picture())
    assert {step: rungs[step].rung for step in expected} == {
        step: recorded.rung for step, recorded in expected.items()
    }


def test_environment__is_that_of_the_lock(http: httpx.Client) -> None:
    found = http.get(f"{MODEL}/environment").json()
    assert (found["numpy"], found["threads"], "torch" in found) == (np.__version__, "1", False)


def test_environment__tells_how_the_server_decodes_and_resizes(
    http: httpx.Client, session: ModelSession
) -> None:
    found = http.get(f"{MODEL}/environment").json()
    probes = dict(decoder_probes()) | resize_probes(session.resize)
    assert probes == {name: value for name, value in found.items() if name.startswith("probe ")}


def test_answers__are_not_mixed_up_between_clients(
    http: httpx.Client, session: ModelSession
) -> None:
    pictures = [picture(seed, height=3 + seed) for seed in range(24)]

    def ask(content: bytes) -> bytes:
        (answer,) = http.post(f"{MODEL}:predict", json=instances(content)).json()["predictions"]
        return np.array(answer["probabilities"], dtype=np.float32).tobytes()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, [png(one) for one in pictures]))
    assert found == [session.predict(one).probabilities.tobytes() for one in pictures]


def test_replay__records_every_rung_of_every_image(server: ServerProcess, tmp_path: Path) -> None:
    result = replay(server, sources(70), tmp_path / "trace", JOB)
    trace = Trace.open(tmp_path / "trace")
    assert (result.failures, len(trace.images)) == ({}, 70)
    assert {len(trace.rungs(image)) for image in trace.images} == {8}


def test_replay__against_a_killed_server_keeps_its_last_words(
    engine: ProcessEngine, context: Path, tmp_path: Path
) -> None:
    with engine.running(context) as server:
        usual = sources(20)

        def kill() -> bytes:
            os.kill(server.pid, signal.SIGKILL)
            return png()

        fatal = Source(name=usual[10].name, read=kill)
        images = [*usual[:10], fatal, *usual[11:]]
        result = replay(server, images, tmp_path / "trace", JOB)
    assert result.gave_up is not None
    assert result.gave_up.startswith("the server was ended by SIGKILL: ")
    assert any("Started server process" in line for line in result.log_tail)
    assert len(Trace.open(tmp_path / "trace").images) == 20


def test_server__stops_in_order_on_sigterm(engine: ProcessEngine, context: Path) -> None:
    with engine.running(context) as server:
        os.kill(server.pid, signal.SIGTERM)
        server.stop()
    assert (server.exit_code, "Finished server process" in server.log_tail()[-1]) == (0, True)


def test_server__is_stopped_when_the_caller_fails(engine: ProcessEngine, context: Path) -> None:
    started: list[ServerProcess] = []

    def fail() -> None:
        with engine.running(context) as server:
            started.append(server)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert started[0].ending() is not None


def test_server__in_production_has_no_trace_routes(engine: ProcessEngine, context: Path) -> None:
    with (
        replace(engine, trace=False).running(context) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        trace, nowhere = client.post(f"{MODEL}:trace", content=png()), client.post("/nowhere")
        environment = client.get(f"{MODEL}/environment")
        answer = client.post(f"{MODEL}:predict", json=instances(png()))
    assert [trace.status_code, environment.status_code, answer.status_code] == [404, 404, 200]
    assert trace.content == nowhere.content


def test_server__that_cannot_start_says_why(
    engine: ProcessEngine, context: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "context"
    subprocess.run(["cp", "-r", context, broken], check=True)
    (broken / "models" / "shapes" / "1" / "model.onnx").write_bytes(b"not a model")
    with (
        pytest.raises(StartError, match="ended with exit code 2 before it was ready") as caught,
        engine.running(broken),
    ):
        pytest.fail("it started")
    assert any("the model cannot be loaded" in line for line in caught.value.log_tail)


def test_server__writes_nothing_where_it_runs(
    engine: ProcessEngine, context: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    before = context_hash(context)
    with engine.running(context) as server:
        httpx.post(f"{server.url}{MODEL}:predict", json=instances(png()), trust_env=False)
    # compiled files of any test's server would show: all of them run in this context
    assert (context_hash(context), list(tmp_path.rglob("*"))) == (before, [])
    assert not list(context.rglob("__pycache__"))


def test_server__logs_no_image(server: ServerProcess, http: httpx.Client) -> None:
    body = instances(b"a secret that is no image")
    http.post(f"{MODEL}:predict", json=body)
    log = "\n".join(server.log_tail())
    assert (body["instances"][0]["b64"] in log, "secret" in log) == (False, False)
