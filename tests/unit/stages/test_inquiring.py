"""Every target is asked more than the golden set, and nothing that goes wrong there loses that."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import pytest

from ml_ci.artifacts.inquiry import Inquiry, nothing_asked
from ml_ci.artifacts.model_facts import no_facts
from ml_ci.artifacts.records import TargetRecord
from ml_ci.errors import UserError
from ml_ci.params.targets import ContainerTarget, DumpTarget, OnnxTarget
from ml_ci.stages.inquiring import DUMP as CANNOT_BE_ASKED
from ml_ci.stages.inquiring import ELSEWHERE
from ml_ci.stages.recording import Recording
from ml_ci.targets.running_server import StartError
from ml_ci.targets.session_ways import ModelFiles
from tests.builders.foreign_server import running_foreign_server
from tests.builders.http_server import Received, response, serving
from tests.builders.questions import Watched, our_server
from tests.builders.target_settings import OURS, http_target
from tests.builders.traces import ladder, write_trace

NAMES = ("a.png", "b.png", "c.png")
MODEL = "/v1/models/shapes"
ONNX = OnnxTarget(kind="onnx", tolerances={}, expected=[])
DUMP = DumpTarget(kind="dump", tolerances={}, expected=[])
NOT_READY = StartError("it never got ready", log_tail=("no memory",))
CONTAINER = ContainerTarget(kind="container", tolerances={}, expected=[])


def asked_of(record: TargetRecord) -> Inquiry:
    assert record.inquiry is not None
    return record.inquiry


def why_not_fresh(record: TargetRecord) -> tuple[str, str]:
    """The last invariant, and why it was not asked."""
    last = asked_of(record).invariants.invariants[-1]
    return last.name, last.not_asked


def test_record__of_onnx_asks_a_fresh_process_too(recording: Recording) -> None:
    record = recording.record("exported", ONNX)
    assert ("fresh process", "") == why_not_fresh(record)
    assert recording.card.model_sha256 == asked_of(record).facts.model_sha256


def test_record__of_a_running_server_cannot_start_it_anew(recording: Recording) -> None:
    with running_foreign_server(our_server(recording.inquirer.files)) as server:
        target = http_target(url=server.url, headers={}, protocol=OURS)
        record = recording.record("staging", target)
    assert ("fresh process", ELSEWHERE) == why_not_fresh(record)


@pytest.mark.parametrize(("trace", "tensors"), [(True, 3), (False, 0)])
def test_record__of_our_server_elsewhere_puts_tensors_in_where_it_shows_rungs(
    recording: Recording, trace: bool, tensors: int
) -> None:
    with running_foreign_server(our_server(recording.inquirer.files)) as server:
        protocol = OURS | {"trace": trace}
        target = http_target(url=server.url, headers={}, protocol=protocol)
        record = recording.record("staging", target)
    assert tensors == len(asked_of(record).synthetic.inputs)


def test_record__of_a_server_that_is_given_up_asks_no_more(recording: Recording) -> None:
    asked = []

    def respond(request: Received) -> bytes:
        asked.append(request.path)
        return response(json.dumps({"sha256": "0" * 64}).encode())

    with serving(respond) as url:
        record = recording.record("staging", http_target(url=url, headers={}, protocol=OURS))
    inquiry = asked_of(record)
    assert (["/v1/models/shapes"] * 2, "0" * 64) == (asked, inquiry.facts.model_sha256)
    assert nothing_asked(inquiry.facts, record.gave_up or "") == inquiry


def test_record__of_a_dump_says_that_it_cannot_be_asked(recording: Recording) -> None:
    write_trace(Path("dumps/phone"), {name: ladder() for name in NAMES})
    inquiry = asked_of(recording.record("phone", DUMP))
    assert nothing_asked(no_facts(""), CANNOT_BE_ASKED) == inquiry


def test_record__of_a_model_that_is_gone_asks_nothing(recording: Recording) -> None:
    shutil.rmtree("models")
    record = recording.record("exported", ONNX)
    assert record.gave_up == asked_of(record).accuracy_not_asked


def test_record__of_an_image_that_was_not_built_was_never_asked(recording: Recording) -> None:
    assert recording.record("server", CONTAINER).inquiry is None


class HandMadeEngine:
    """Starts our application in a thread, anew each time.

    ``failures`` by the number of the start; ``ending`` is how a server ended that was asked more.
    """

    def __init__(
        self, files: ModelFiles, failures: Mapping[int, Exception], ending: str | None
    ) -> None:
        self.files, self.failures, self.how = files, failures, ending
        self.started: list[Watched] = []

    @contextmanager
    def running(self, _context: Path) -> Iterator[RunningHere]:
        """As the engines do it."""
        watched = Watched(app=our_server(self.files))
        self.started.append(watched)
        if len(self.started) in self.failures:
            raise self.failures[len(self.started)]
        with running_foreign_server(watched) as server:
            yield RunningHere(url=server.url, how=self.how)


@dataclass(frozen=True, kw_only=True)
class RunningHere:
    """As engines give it."""

    url: str
    how: str | None
    image: None = None

    def ending(self) -> str | None:
        """How it ended."""
        return self.how

    def log_tail(self) -> tuple[str, ...]:
        """Its last line."""
        return ("last words",)


def started(
    recording: Recording,
    monkeypatch: pytest.MonkeyPatch,
    *,
    failures: Mapping[int, Exception] = MappingProxyType({}),
    ending: str | None = None,
) -> tuple[TargetRecord, HandMadeEngine]:
    engine = HandMadeEngine(recording.inquirer.files, failures, ending)
    monkeypatch.setattr("ml_ci.stages.recording.engine_of", lambda *_: engine)
    built = recording.image.model_copy(update={"failure": None})
    return replace(recording, image=built).record("server", CONTAINER), engine


def test_record__of_a_container_starts_it_anew(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, engine = started(recording, monkeypatch)
    fresh = asked_of(record).invariants.invariants[-1]
    assert (2, 4) == (len(engine.started), len(engine.started[1].asked))
    assert ("fresh process", [1] * 4) == (fresh.name, [one.identical for one in fresh.held])


def test_record__of_a_container_of_ours_puts_tensors_in(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, _ = started(recording, monkeypatch)
    assert [0.0] * 3 == [one.worst for one in asked_of(record).synthetic.inputs]


def test_record__of_a_container_replays_the_golden_set_first(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, engine = started(recording, monkeypatch)
    first, golden = engine.started[0].asked[:2], engine.started[0].asked[2:11]
    assert (3, 0) == (record.images, record.failures)
    assert [f"{MODEL}/environment", MODEL] == first
    assert {f"{MODEL}:predict": 3, f"{MODEL}:trace": 6} == Counter(golden)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        pytest.param(NOT_READY, "it never got ready", id="not ready"),
        pytest.param(UserError(what="no engine", where="w", fix="f"), "no engine", id="no engine"),
    ],
)
def test_record__of_a_container_that_does_not_start_again_loses_nothing(
    recording: Recording, monkeypatch: pytest.MonkeyPatch, failure: Exception, reason: str
) -> None:
    record, _ = started(recording, monkeypatch, failures={2: failure})
    assert ("fresh process", f"the server did not start again: {reason}") == why_not_fresh(record)
    assert (3, 0) == (record.images, record.failures)
    assert asked_of(record).accuracy is not None


def test_record__of_a_container_that_never_started_was_never_asked(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, engine = started(recording, monkeypatch, failures={1: NOT_READY})
    assert (None, "it never got ready", 1) == (record.inquiry, record.gave_up, len(engine.started))


def test_record__of_a_container_that_ends_while_it_is_asked_more_says_so(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, _ = started(recording, monkeypatch, ending="ended with exit code 3")
    problem = "the server ended with exit code 3 while it was asked more than the golden set"
    assert ((problem,), ("last words",), 0) == (record.problems, record.log_tail, record.failures)
