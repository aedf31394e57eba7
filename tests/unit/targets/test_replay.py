"""A replay: everything answered is recorded, everything else is a failure with its reason."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ml_ci.rung import record_array
from ml_ci.targets.asking import HANGS_BEFORE_GIVING_UP, Source
from ml_ci.targets.replay import (
    ReplayJob,
    ReplayResult,
    record_start_failure,
    replay,
)
from ml_ci.targets.routes import FactsRoute, Routes, TraceRoute
from ml_ci.trace.layout import TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter
from tests.builders.fake_target import PREDICT_ROUTE, FakeServer, FakeTarget, pixels_of
from tests.builders.http_server import Received, response, serving
from tests.builders.target_settings import replay_settings

ROUTES = Routes(
    predict=PREDICT_ROUTE,
    trace=TraceRoute(path="/t"),
    environment=FactsRoute(path="/e"),
)
JOB = ReplayJob(
    target="fake",
    receipt="r",
    routes=ROUTES,
    settings=replay_settings(concurrency=3, timeout_seconds=5.0),
    now=lambda: datetime(2026, 1, 1, tzinfo=UTC),
)
NAMES = ("c", "a", "b", "d", "e", "f", "g")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "trace"


@pytest.fixture
def target() -> FakeTarget:
    return FakeTarget()


@pytest.fixture
def server(target: FakeTarget) -> Iterator[FakeServer]:
    with serving(target.respond) as url:
        yield FakeServer(url=url, target=target)


def sources(names: Iterable[str] = NAMES) -> list[Source]:
    """Images whose content is their name."""
    return [Source(name=f"{name}.png", read=name.encode) for name in names]


def run(server: FakeServer, folder: Path, job: ReplayJob = JOB) -> ReplayResult:
    return replay(server, sources(), folder, job)


def test_replay__records_every_image_in_the_order_given(server: FakeServer, folder: Path) -> None:
    result = run(server, folder)
    assert (result.images, result.failures) == (7, {})
    assert Trace.open(folder).images == tuple(f"{name}.png" for name in NAMES)


def test_replay__does_not_mix_up_answers(server: FakeServer, folder: Path) -> None:
    run(server, folder)
    trace = Trace.open(folder)
    assert [trace.text(f"{name}.png", "label") for name in NAMES] == list(NAMES)


def test_replay__records_what_clients_get_and_what_the_trace_tells(
    server: FakeServer, folder: Path
) -> None:
    run(server, folder)
    rungs = Trace.open(folder).rungs("a.png")
    assert list(rungs) == ["received", "decoded", "logits", "probabilities", "label"]
    assert rungs["label"].text == "a"


def test_replay__keeps_the_environment_of_the_server(server: FakeServer, folder: Path) -> None:
    run(server, folder)
    assert Trace.open(folder).header == TraceHeader(
        target="fake",
        receipt="r",
        environment={"python": "3.12"},
        created="2026-01-01T00:00:00+00:00",
    )


def test_replay__without_trace_routes_records_the_prediction(
    server: FakeServer, folder: Path
) -> None:
    run(server, folder, replace(JOB, routes=replace(ROUTES, trace=None, environment=None)))
    trace = Trace.open(folder)
    assert (list(trace.rungs("a.png")), trace.environment) == (["probabilities", "label"], {})


def test_replay__writes_the_same_trace_twice(server: FakeServer, folder: Path) -> None:
    contents = []
    for _ in range(2):
        run(server, folder)
        contents.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert contents[0] == contents[1]


def test_replay__asks_for_pixels_of_images_that_differ_from_the_reference(
    server: FakeServer, target: FakeTarget, folder: Path, tmp_path: Path
) -> None:
    header = TraceHeader(target="reference", receipt="r", created="")
    with TraceWriter(tmp_path / "reference", header) as writer:
        for name in NAMES:
            content = b"other" if name == "b" else name.encode()
            writer.add(f"{name}.png", {"decoded": record_array(pixels_of(content))})
    run(server, folder, replace(JOB, reference=Trace.open(tmp_path / "reference")))
    trace = Trace.open(folder)
    kept = [name for name in NAMES if trace.array(f"{name}.png", "decoded") is not None]
    assert kept == ["b"]
    assert [line for line in target.asked if "pixels" in line] == ["/t?pixels=1 b"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        pytest.param(
            response(b"{}", status="500 Oh"), "/p answered 500: '{}'", id="internal error"
        ),
        pytest.param(response(b"<html>"), "the answer is not JSON", id="HTML"),
        pytest.param(response(b'{"predictions": []}'), "the answer has 0 predictions", id="none"),
        pytest.param(b"", "the connection broke off during /p", id="nothing"),
    ],
)
def test_replay__goes_on_after_a_bad_answer(
    server: FakeServer, target: FakeTarget, folder: Path, answer: bytes, reason: str
) -> None:
    target.wrong = {b"b": lambda _: answer}
    result = run(server, folder)
    assert list(result.failures) == ["b.png"]
    assert result.failures["b.png"].startswith(reason)
    assert Trace.open(folder).failures == result.failures
    assert (result.gave_up, result.log_tail) == (None, ("last words",))


def test_replay__of_an_unreadable_image_goes_on(server: FakeServer, folder: Path) -> None:
    missing = Source(name="x.png", read=Path("/nowhere/x.png").read_bytes)
    result = replay(server, [missing, *sources("a")], folder, JOB)
    assert list(result.failures) == ["x.png"]
    assert result.failures["x.png"].startswith("the image cannot be read: ")


def test_replay__stops_sending_when_the_server_is_dead(
    server: FakeServer, target: FakeTarget, folder: Path
) -> None:
    def die(_: Received) -> bytes:
        target.alive = False
        return b""

    target.wrong = {b"a": die}
    job = replace(JOB, settings=replay_settings(concurrency=1, timeout_seconds=5.0))
    result = run(server, folder, job)
    assert list(result.failures) == [f"{name}.png" for name in NAMES[1:]]
    assert result.gave_up is not None
    assert result.gave_up.startswith("the server ended with exit code 1: the connection broke off")
    assert not any(line.endswith(" b") for line in target.asked)


def test_replay__stops_sending_when_the_server_hangs(
    server: FakeServer, target: FakeTarget, folder: Path
) -> None:
    def hang(_: Received) -> bytes:
        time.sleep(0.3)
        return b""

    target.wrong = {name.encode(): hang for name in NAMES}
    job = replace(JOB, settings=replay_settings(concurrency=1, timeout_seconds=0.05))
    result = run(server, folder, job)
    predictions = [line for line in target.asked if line.startswith("/p")]
    assert (len(result.failures), len(predictions)) == (7, HANGS_BEFORE_GIVING_UP)
    assert result.gave_up is not None
    assert result.gave_up.startswith("the server hangs: 5 times in a row, no complete answer to /p")


def test_replay__stops_sending_where_nobody_is_let_in(
    server: FakeServer, target: FakeTarget, folder: Path
) -> None:
    target.wrong = {name.encode(): lambda _: response(b"no", status="401 No") for name in NAMES}
    job = replace(JOB, settings=replay_settings(concurrency=1, timeout_seconds=5.0))
    result = run(server, folder, job)
    predictions = [line for line in target.asked if line.startswith("/p")]
    assert (len(result.failures), len(predictions)) == (7, HANGS_BEFORE_GIVING_UP)
    assert "given up: 5 times in a row, /p demands authentication (401): 'no'" == result.gave_up


def test_replay__stops_sending_where_nobody_listens(
    folder: Path, target: FakeTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml_ci.targets.asking.DYING_SECONDS", 0.0)
    with serving(target.respond) as url:
        pass
    job = replace(JOB, settings=replay_settings(concurrency=1, timeout_seconds=5.0))
    result = run(FakeServer(url=url, target=target), folder, job)
    assert 7 == len(result.failures)
    assert result.gave_up is not None
    assert result.gave_up.startswith("given up: 5 times in a row, /p cannot be reached: ")


def test_replay__goes_on_when_single_images_are_not_let_in(
    server: FakeServer, target: FakeTarget, folder: Path
) -> None:
    denied = (b"c", b"a", b"d", b"e", b"f", b"g")  # six, but not in a row
    target.wrong = dict.fromkeys(denied, lambda _: response(b"", status="403 No"))
    job = replace(JOB, settings=replay_settings(concurrency=1, timeout_seconds=5.0))
    result = run(server, folder, job)
    assert (6, None) == (len(result.failures), result.gave_up)


def test_replay__goes_on_when_a_server_only_hangs_now_and_then(
    server: FakeServer, target: FakeTarget, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(_: Received) -> bytes:
        time.sleep(0.6)
        return b""

    monkeypatch.setattr("ml_ci.targets.asking.HANGS_BEFORE_GIVING_UP", 2)
    target.wrong = {b"c": hang, b"b": hang}
    job = replace(JOB, settings=replay_settings(concurrency=1, timeout_seconds=0.5))
    result = run(server, folder, job)
    assert (list(result.failures), result.gave_up) == (["c.png", "b.png"], None)


def test_replay__has_at_most_as_many_requests_under_way_as_asked(
    server: FakeServer, target: FakeTarget, folder: Path
) -> None:
    under_way, most, lock = 0, 0, threading.Lock()
    usual = FakeTarget()

    def count(request: Received) -> bytes:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.05)
        with lock:
            under_way -= 1
        return usual.respond(request)

    target.wrong = {name.encode(): count for name in NAMES}
    run(server, folder)
    assert most == 3


def test_replay__goes_on_while_one_answer_is_waited_for(
    server: FakeServer, target: FakeTarget, folder: Path
) -> None:
    """The first image is answered only when the last is asked about."""
    last_asked, usual = threading.Event(), FakeTarget()
    waited: list[bool] = []

    def wait(request: Received) -> bytes:
        waited.append(last_asked.wait(3))
        return usual.respond(request)

    def tell(request: Received) -> bytes:
        last_asked.set()
        return usual.respond(request)

    target.wrong = {NAMES[0].encode(): wait, NAMES[-1].encode(): tell}
    result = run(server, folder)
    assert (waited, result.failures) == ([True], {})


def test_replay__writes_shards_as_they_are_full(
    server: FakeServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(server, folder)
    at_once = Trace.open(folder)
    monkeypatch.setattr("ml_ci.trace.writing.SHARD_IMAGES", 2)

    run(server, folder.with_name("sharded"))

    sharded = Trace.open(folder.with_name("sharded"))
    assert len(list(sharded.folder.glob("*.safetensors"))) == 4
    assert sharded.images == at_once.images
    assert [_hashes(at_once, name) for name in at_once.images] == [
        _hashes(sharded, name) for name in sharded.images
    ]


def _hashes(trace: Trace, image: str) -> dict[str, str]:
    return {step: rung.sha256 for step, rung in trace.rungs(image).items()}


def test_replay__reads_an_image_only_when_it_is_its_turn(
    server: FakeServer, target: FakeTarget, folder: Path
) -> None:
    answered_before: list[int] = []

    def read() -> bytes:
        answered_before.append(sum(line.startswith("/t") for line in target.asked))
        return b"x"

    job = replace(JOB, settings=replay_settings(concurrency=1, timeout_seconds=5.0))
    replay(server, [Source(name=name, read=read) for name in NAMES], folder, job)
    assert answered_before == list(range(len(NAMES)))


def test_record_start_failure__fails_every_image(folder: Path) -> None:
    result = record_start_failure(["a", "b"], folder, JOB, reason="no port", log_tail=("x",))
    assert Trace.open(folder).failures == {"a": "no port", "b": "no port"}
    assert (result.gave_up, result.log_tail) == ("no port", ("x",))


@pytest.mark.parametrize(
    ("expected", "gave_up"),
    [
        pytest.param("abc", None, id="the-same"),
        pytest.param("xyz", "the server serves another model: abc, not xyz", id="another"),
    ],
)
def test_replay__sends_nothing_to_a_server_of_another_model(
    server: FakeServer, folder: Path, expected: str, gave_up: str | None
) -> None:
    routes = replace(JOB.routes, model=FactsRoute(path="/m"))
    job = replace(JOB, routes=routes, model_sha256=expected)

    assert gave_up == replay(server, sources("a"), folder, job).gave_up
