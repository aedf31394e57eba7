"""The pipeline with the real container: interrupted, killed, rebuilt, without an engine.

One small project, finished without a container before, goes through all of it in turn, because each
run costs half a minute; the tests then ask what was seen.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient

from ml_ci.engines.container import CHECKOUT_LABEL, checkout_id
from ml_ci.engines.docker_connection import connected
from tests.builders.containers import needed_base
from tests.builders.interrupting import hold, holder, left_behind, processes_after
from tests.builders.project import Project, Run

NOWHERE = "unix:///nonexistent/engine.sock"
BROKEN_STEP = "RUN echo no such package && exit 4\n"
LAST_STEP = "COPY models /srv/models"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """After one run: how it ended, what it left, and the report it made."""

    run: Run
    containers: list[str]
    left: list[str]
    report: dict[str, Any]
    first_line: str


@dataclass(frozen=True, kw_only=True)
class History:
    """What was seen, in this order."""

    during_build: int
    build_interrupted: Seen
    during_replay: int
    replay_interrupted: Seen
    killed: Seen
    finished: Seen
    image_gone: Seen
    engine_gone: Seen
    gate_insisting: Run
    broken_build: Seen
    mended: Seen


class Story:
    """The project and the engine while the story goes on."""

    def __init__(self, client: DockerClient, project: Project, folder: Path) -> None:
        self.client, self.project, self.folder = client, project, folder
        # Of this run alone: the engine would know the step of another one already
        self.marker = f"slow step {uuid.uuid4().hex}"

    def containers(self) -> list[str]:
        """Of the project, running or not."""
        label = f"{CHECKOUT_LABEL}={checkout_id(self.project.folder)}"
        found = self.client.api.containers(all=True, filters={"label": label})
        return [str(entry["Names"]) for entry in found]

    def building(self) -> list[str]:
        """Containers in which the slow step runs; the engine does not label them."""
        found = self.client.api.containers(all=True)
        return [str(entry["Names"]) for entry in found if self.marker in entry["Command"]]

    def seen(self, run: Run) -> Seen:
        """What there is now."""
        reports = self.project.folder / "reports"
        report = reports / "report.json"
        return Seen(
            run=run,
            containers=[*self.containers(), *self.building()],
            left=left_behind(self.project),
            report=json.loads(report.read_text()) if report.exists() else {},
            first_line=(reports / "parity.md").read_text().splitlines()[0]
            if report.exists()
            else "",
        )

    def interrupted_build(self) -> tuple[int, Seen]:
        """Ctrl-C while a step of the build runs."""
        slow = f"RUN echo {self.marker} && sleep 60\n"
        self.project.edit("Dockerfile", lambda text: text.replace(LAST_STEP, slow + LAST_STEP))
        log = self.folder / "build.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                ("python", "-m", "ml_ci", "repro"),
                cwd=self.project.folder,
                env=self.project.variables,
                stdout=stream,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
        try:
            wait_for(lambda: bool(self.building()), process, log)
            during = len(self.building())
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
        run = Run(code=process.wait(60), output=log.read_text())
        deadline = time.monotonic() + 5  # the engine notices that nobody listens any more
        while self.building() and time.monotonic() < deadline:
            time.sleep(0.1)
        self.project.must("git", "checkout", "--quiet", "Dockerfile")
        return during, self.seen(run)

    def interrupted_replay(self) -> tuple[int, Seen]:
        """SIGTERM while the golden set is sent."""
        held = hold(self.project, "replay", self.folder / "terminated")
        during = len(self.containers())
        held.signal(signal.SIGTERM)
        return during, self.seen(held.ended())

    def killed_replay(self) -> Seen:
        """SIGKILL for all of it: nobody is left to clean up."""
        held = hold(self.project, "replay", self.folder / "killed")
        stage = holder(self.project, "stage")
        held.signal(signal.SIGKILL)
        os.kill(stage, signal.SIGKILL)
        run = held.ended()
        processes_after(self.project, 10.0)
        return self.seen(run)


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 300
    while not condition():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


@pytest.fixture(scope="module")
def history(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """All of it, once."""
    needed_base()
    folder = tmp_path_factory.mktemp("container")
    project = replace(finished.copy(folder / "repository"), engine="docker")
    with connected() as client:
        story = Story(client, project, folder)
        during_build, build_interrupted = story.interrupted_build()
        during_replay, replay_interrupted = story.interrupted_replay()
        killed = story.killed_replay()
        in_the_end = story.seen(project.ml_ci("repro"))
        client.images.remove(image_of(in_the_end), force=True)
        project.edit("params.yaml", lambda text: text.replace("concurrency: 4", "concurrency: 3"))
        image_gone = story.seen(project.ml_ci("repro"))
        without = replace(project, engine="auto", docker_host=NOWHERE)
        engine_gone = story.seen(without.ml_ci("repro"))
        gate_insisting = project.ml_ci("gate")
        project.edit("Dockerfile", lambda text: text.replace(LAST_STEP, BROKEN_STEP + LAST_STEP))
        broken_build = story.seen(project.ml_ci("repro"))
        project.must("git", "checkout", "--quiet", "Dockerfile")
        mended = story.seen(project.ml_ci("repro"))
        yield History(
            during_build=during_build,
            build_interrupted=build_interrupted,
            during_replay=during_replay,
            replay_interrupted=replay_interrupted,
            killed=killed,
            finished=in_the_end,
            image_gone=image_gone,
            engine_gone=engine_gone,
            gate_insisting=gate_insisting,
            broken_build=broken_build,
            mended=mended,
        )
        client.images.remove(image_of(mended), force=True)


def image_of(seen: Seen) -> str:
    sentence = seen.report["engine"]["sentence"]
    found = re.search(r"image (ml-ci:\w+)", sentence)
    assert found, sentence
    return found.group(1)


def test_build__that_is_interrupted_leaves_nothing(history: History) -> None:
    seen = history.build_interrupted

    assert (1, 130) == (history.during_build, seen.run.code), seen.run.output
    assert ([], []) == (seen.containers, seen.left)
    assert "interrupted in image; `make repro` goes on where it stopped" in seen.run.output


def test_replay__that_is_interrupted_leaves_nothing(history: History) -> None:
    seen = history.replay_interrupted

    assert (1, 130) == (history.during_replay, seen.run.code), seen.run.output
    assert ([], []) == (seen.containers, seen.left)


def test_replay__that_is_killed_leaves_a_container_for_the_next_run_to_remove(
    history: History,
) -> None:
    assert 1 == len(history.killed.containers)
    assert [] == history.finished.containers


def test_repro__in_the_end_passes_in_the_container(history: History) -> None:
    seen = history.finished

    assert 0 == seen.run.code, seen.run.output
    assert seen.report["engine"]["container_exercised"]
    assert "not** exercised" not in seen.first_line


def test_repro__goes_on_where_each_interruption_stopped(history: History) -> None:
    runs = (history.build_interrupted, history.replay_interrupted, history.killed, history.finished)

    assert [["image"], ["image", "replay"], ["replay"], ["replay", "parity", "report"]] == [
        seen.run.stages for seen in runs
    ]


def test_replay__makes_an_image_again_that_the_engine_lost(history: History) -> None:
    seen = history.image_gone

    # The section `replay` was edited, which says in which ways the reference is asked, too
    stages = ["reference", "replay", "parity", "report"]
    assert (0, stages) == (seen.run.code, seen.run.stages), seen.run.output
    assert "is gone from the engine; it is made again" in seen.run.output
    measured = seen.report["engine"]["sentence"]
    assert history.finished.report["engine"]["sentence"] != measured  # another id
    assert image_of(history.finished) == image_of(seen)


def test_repro__without_an_engine_falls_back_and_says_so_first(history: History) -> None:
    seen = history.engine_gone

    assert 0 == seen.run.code, seen.run.output
    assert "— the container itself was **not** exercised" in seen.first_line
    assert "verdict" in seen.run.output
    (verdict,) = re.findall(r"^verdict +(.*)$", seen.run.output, flags=re.MULTILINE)
    assert verdict.startswith("the gate is open; the container itself was not exercised")


def test_repro__without_an_engine_says_why(history: History) -> None:
    sentence = history.engine_gone.report["engine"]["sentence"]

    assert "Docker" in sentence
    assert "the server ran as a process (" in sentence


def test_gate__that_insists_on_a_container_refuses_a_report_without(history: History) -> None:
    gate = history.gate_insisting

    assert 2 == gate.code, gate.output
    assert "the report was made with the engine `auto`, not `docker`" in gate.output


def test_build__that_fails_is_a_finding_with_its_step(history: History) -> None:
    seen = history.broken_build

    assert 3 == seen.run.code, seen.run.output
    target, onnx = seen.report["parity"]
    assert ("incomplete", "pass") == (target["verdict"], onnx["verdict"])
    assert re.search(
        r"the build failed at Step \d+/\d+ : RUN echo no such package && exit 4: ",
        target["failures"][0]["message"],
    )
    assert "no such package" in seen.report["log_tail"]
    assert not seen.report["engine"]["container_exercised"]


def test_repro__after_the_build_is_mended_passes_again(history: History) -> None:
    seen = history.mended

    assert (0, []) == (seen.run.code, seen.containers), seen.run.output
