"""Recording targets of every kind: each becomes a trace, and none loses the others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.records import TargetRecord
from ml_ci.params.targets import ContainerTarget, DumpTarget, OnnxTarget, Target, TargetsSettings
from ml_ci.stages.recording import Recording
from ml_ci.targets.credentials import credentials_of
from ml_ci.trace.layout import TRACE_FILE
from ml_ci.trace.reading import Trace
from tests.builders.http_server import Received, Respond, response, serving
from tests.builders.target_settings import (
    CUSTOM,
    NOTHING,
    OURS,
    SAGEMAKER,
    http_target,
)
from tests.builders.traces import ladder, write_trace

NAMES = ("a.png", "b.png", "c.png")
LABEL_ONLY = {"label": "label", "label_as": "name", "probabilities": None, "logits": None}
PREDICT = CUSTOM["predict"] | {"answer": LABEL_ONLY}
ONNX = OnnxTarget(kind="onnx", tolerances={}, expected=[])
DUMP = DumpTarget(kind="dump", tolerances={}, expected=[])
CONTAINER = ContainerTarget(kind="container", tolerances={}, expected=[])


def answering(label: str) -> Respond:
    return lambda _: response(json.dumps({"label": label}).encode())


def custom(url: str) -> Target:
    protocol = CUSTOM | {"predict": PREDICT}
    return http_target(url=url, headers={}, protocol=protocol)


def outcome(record: TargetRecord) -> tuple[str, str, int, int]:
    return record.name, record.kind, record.images, record.failures


def test_record__of_onnx_has_every_rung(recording: Recording) -> None:
    record = recording.record("exported", ONNX)
    trace = Trace.open(Path("trace/exported"))
    assert ("exported", "onnx", 3, 0) == outcome(record)
    assert {8} == {len(trace.rungs(name)) for name in NAMES}
    assert trace.environment["threads"] == "1"


def test_record__names_its_trace_by_hash(recording: Recording) -> None:
    record = recording.record("exported", ONNX)
    assert sha256_of_file(Path("trace/exported") / TRACE_FILE) == record.trace_sha256


def test_record__of_an_image_that_was_not_built_fails_all(recording: Recording) -> None:
    record = recording.record("server", CONTAINER)
    assert ("server", "container", 3, 3) == outcome(record)
    assert ("the build failed at Step 3", ("no such package",)) == (
        record.gave_up,
        record.log_tail,
    )


def test_record__of_a_running_server_asks_it(recording: Recording) -> None:
    with serving(answering("square")) as url:
        record = recording.record("staging", custom(url + "/"))
    trace = Trace.open(Path("trace/staging"))
    assert ("staging", "http", 3, 0) == outcome(record)
    assert ["square"] * 3 == [trace.text(name, "label") for name in NAMES]


def test_record__of_a_server_behind_a_prefix_asks_below_it(recording: Recording) -> None:
    asked = []

    def respond(request: Received) -> bytes:
        asked.append(request.path)
        return answering("square")(request)

    with serving(respond) as url:
        recording.record("staging", custom(f"{url}/team/digits"))
    assert {"/team/digits/predict"} == {*asked}


@pytest.mark.parametrize(
    ("served", "gave_up"),
    [
        ("right", None),
        ("0" * 64, "the server serves another model: "),
    ],
)
def test_record__of_our_own_server_elsewhere_asks_for_its_model(
    recording: Recording, served: str, gave_up: str | None
) -> None:
    sha256 = recording.card.model_sha256 if served == "right" else served

    def respond(request: Received) -> bytes:
        if request.path == "/v1/models/shapes":
            return response(json.dumps({"sha256": sha256}).encode())
        assert request.path == "/v1/models/shapes:predict"
        answer = {"label": "circle", "probabilities": [0.5, 0.25, 0.25]}
        return response(json.dumps({"predictions": [answer]}).encode())

    with serving(respond) as url:
        record = recording.record("staging", http_target(url=url, headers={}, protocol=OURS))
    assert (gave_up is None, 0 if gave_up is None else 3) == (
        record.gave_up is None,
        record.failures,
    )
    assert (record.gave_up or "").startswith(gave_up or "")


def test_record__of_our_own_server_elsewhere_asks_for_rungs_where_it_shows_them(
    recording: Recording,
) -> None:
    asked = set()

    def respond(request: Received) -> bytes:
        asked.add(request.path)
        return response(json.dumps({"sha256": recording.card.model_sha256}).encode())

    with serving(respond) as url:
        target = http_target(url=url, headers={}, protocol=OURS | {"trace": True})
        recording.record("staging", target)
    assert "/v1/models/shapes/environment" in asked


def test_record__of_a_ready_made_protocol_asks_whether_it_is_ready(recording: Recording) -> None:
    target_of = {"headers": {}, "protocol": SAGEMAKER}
    with serving(lambda _: response(b"", status="500 No")) as url:
        record = recording.record("staging", http_target(url=url, **target_of))
    assert "the server is not ready: /ping answered 500: ''" == record.gave_up


def test_record__sends_the_credentials_of_this_target_alone(recording: Recording) -> None:
    seen: list[str | None] = []

    def respond(request: Received) -> bytes:
        seen.append(request.authorization)
        return answering("square")(request)

    with serving(respond) as url:
        protocol = CUSTOM | {"predict": PREDICT}
        private = http_target(url=url, protocol=protocol, headers={"Authorization": "TOKEN"})
        variables = {"TOKEN": "Bearer s3cret"}
        credentials = credentials_of({"private": private}, variables)
        both = Recording(**{**vars(recording), "credentials": credentials})
        both.record("private", private)
        both.record("public", custom(url))
    half = len(seen) // 2
    assert ["Bearer s3cret"] * half + [None] * half == seen
    kept = [path.read_bytes() for path in Path("trace").rglob("*") if path.is_file()]
    assert [] == [content for content in kept if b"s3cret" in content]


def test_record__of_a_dump_is_as_old_as_the_dump(recording: Recording) -> None:
    write_trace(Path("dumps/phone"), {name: ladder() for name in (*NAMES, "x.png")})
    record = recording.record("phone", DUMP)
    trace = Trace.open(Path("trace/phone"))
    assert ("phone", "dump", 3, 0) == outcome(record)
    assert ("2026-01-01T00:00:00+00:00", NAMES) == (record.recorded, trace.images)
    assert 1 == len(record.problems)
    assert "x.png" in record.problems[0]


def test_record__of_a_dump_fails_what_it_lacks(recording: Recording) -> None:
    write_trace(Path("dumps/phone"), {"a.png": ladder(), "c.png": {}}, failures={"c.png": "hot"})
    recording.record("phone", DUMP)
    assert {"b.png", "c.png"} == Trace.open(Path("trace/phone")).failures.keys()


def test_record__of_a_dump_that_is_missing_fails_all(recording: Recording) -> None:
    record = recording.record("phone", DUMP)
    assert (("phone", "dump", 3, 3), 1) == (outcome(record), len(record.problems))


def broken_model(recording: Recording) -> None:
    shutil.rmtree("models")


@pytest.mark.parametrize(
    ("target", "damage"),
    [
        pytest.param(CONTAINER, lambda _: None, id="container"),
        pytest.param(DUMP, lambda _: None, id="dump"),
        pytest.param(custom("http://127.0.0.1:1"), lambda _: None, id="http"),
        pytest.param(ONNX, broken_model, id="onnx"),
    ],
)
def test_record__of_a_target_that_fails_loses_no_other(
    recording: Recording,
    target: Any,
    damage: Callable[[Recording], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ml_ci.targets.asking.DYING_SECONDS", 0.0)
    damage(recording)
    with serving(answering("square")) as url:
        records = [
            recording.record(name, one)
            for name, one in (("first", target), ("second", custom(url)))
        ]
    assert [3, 0] == [record.failures for record in records]


def test_targets__of_every_kind_are_recorded(recording: Recording) -> None:
    kinds = TargetsSettings.model_validate(
        {"a": {"kind": "onnx", **NOTHING}, "b": {"kind": "dump", **NOTHING}}
    ).root
    records = [recording.record(name, target) for name, target in kinds.items()]
    assert [("a", "onnx"), ("b", "dump")] == [(one.name, one.kind) for one in records]
