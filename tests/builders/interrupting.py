"""A run of the pipeline that is held in the middle of one stage, to be interrupted there."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tests.builders.project import Project, Run

HELD_SECONDS = 300.0  # a stage may have to wait for its turn on a busy machine
END_SECONDS = 60.0
# Python imports `sitecustomize` before anything else. This one makes a stage wait while the first
# file it makes for anybody else lies half written: the content is there, its name is not.
_HOLD = """
import os, pathlib, time
place = pathlib.Path(os.environ["HOLD_FOLDER"])
if os.environ.get("DVC_STAGE") == os.environ["HOLD_STAGE"]:
    fsync = os.fsync
    def hold(descriptor):
        fsync(descriptor)
        if "/.ml-ci/" not in os.readlink(f"/proc/self/fd/{descriptor}"):
            (place / "held").touch()
            while not (place / "released").exists():
                time.sleep(0.01)
    os.fsync = hold
"""


@dataclass(frozen=True, kw_only=True)
class HeldRun:
    """A command that runs, one of its stages waiting."""

    process: subprocess.Popen[bytes]
    folder: Path

    def signal(self, number: signal.Signals) -> None:
        """As a terminal does with Ctrl-C: to everybody in the foreground; others to it alone."""
        if number is signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            os.kill(self.process.pid, number)

    def release(self) -> None:
        """Let the stage go on."""
        (self.folder / "released").touch()

    def ended(self) -> Run:
        """How it ended."""
        code = self.process.wait(END_SECONDS)
        return Run(code=code, output=(self.folder / "log").read_text(encoding="utf-8"))


def hold(project: Project, stage: str, folder: Path, *command: str) -> HeldRun:
    """Start ``command`` (`ml-ci repro`) and return when ``stage`` is in the middle of writing."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_HOLD)
    log = folder / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            command or ("python", "-m", "ml_ci", "repro"),
            cwd=project.folder,
            env={
                **project.variables,
                "PYTHONPATH": str(folder),
                "HOLD_STAGE": stage,
                "HOLD_FOLDER": str(folder),
            },
            stdout=stream,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    deadline = time.monotonic() + HELD_SECONDS
    while not (folder / "held").exists():
        assert process.poll() is None, log.read_text(encoding="utf-8")
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.02)
    return HeldRun(process=process, folder=folder)


def left_behind(project: Project) -> list[str]:
    """What should be gone after an interruption: processes, half written files, DVC's locks, the
    receipts and outputs of stages that did not finish, and what git sees beyond finished stages."""
    unfinished = [stage for stage, status in statuses(project).items() if status != "done"]
    outputs = {"train": "trained", "export": "models"}
    products = [outputs.get(stage, f"receipts/{stage}.json") for stage in unfinished]
    return [
        *processes(project),
        *scratch(project),
        *_locks_of_dvc(project),
        *(product for product in products if (project.folder / product).exists()),
        *(line for line in project.status().splitlines() if not _is_measured(line)),
    ]


def statuses(project: Project) -> dict[str, str]:
    """The status in the record of every stage that ran."""
    records = (project.folder / ".ml-ci/stages").glob("*.json")
    return {path.stem: json.loads(path.read_text(encoding="utf-8"))["status"] for path in records}


def holder(project: Project, turn: str) -> int:
    """Process id of whoever has the turn of the `run` or of the `stage`."""
    path = project.folder / f".ml-ci/turns/{turn}.json"
    return int(json.loads(path.read_text(encoding="utf-8"))["process"])


def scratch(project: Project) -> list[str]:
    """What lies half written."""
    return [str(path) for path in project.folder.rglob(".*.scratch*")]


def processes(project: Project) -> list[str]:
    """Command lines of living processes that work in the project's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            folder, command = (process / "cwd").readlink(), (process / "cmdline").read_bytes()
        except OSError:  # it has ended, or is somebody else's
            continue
        if folder.is_relative_to(project.folder.resolve()):
            found.append(command.replace(b"\0", b" ").decode())
    return found


def processes_after(project: Project, seconds: float) -> list[str]:
    """Those that still live after ``seconds``, or none as soon as there is none."""
    deadline = time.monotonic() + seconds
    while processes(project) and time.monotonic() < deadline:
        time.sleep(0.05)
    return processes(project)


def _locks_of_dvc(project: Project) -> list[str]:
    path = project.folder / ".dvc/tmp/rwlock"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    held = json.loads(text) if text else {}  # DVC was killed as it began to write it
    return [f"{kind} lock of DVC: {names}" for kind, names in held.items() if names]


def _is_measured(line: str) -> bool:
    """dvc.lock and metrics/ change as stages finish."""
    return re.fullmatch(r"(\?\?| M) (dvc\.lock|metrics/.*)", line) is not None
