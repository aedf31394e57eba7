"""Clone → report: what the pipeline adds to a training and a `docker build` alone."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

from benchmarks.engine import architecture, forget_layers
from benchmarks.figures import Result, ratio, seconds
from benchmarks.workplace import ML_CI, REPORTED, Workplace
from ml_ci.artifacts import paths
from ml_ci.engines.context import IMAGE_LOCK_IN_CONTEXT
from ml_ci.engines.wheels import Wheels
from ml_ci.stages.running import STAGE_RECORDS

GOAL = 1.5
_TRAINED = ("train", "export")
_CLASSIC = {"DOCKER_BUILDKIT": "0"}  # the builder that ml-ci uses


def measure(workplace: Workplace) -> Result:
    """Four acts, one after the other, repeatedly: train, build, and a clone of each kind."""
    base, origin = workplace.base, workplace.origin
    training, building, with_training, pulled, bodies = [], [], [], [], []
    for repetition in range(workplace.repetitions):
        workplace.say(f"repetition {repetition + 1} of {workplace.repetitions}")
        training.append(_train(workplace))
        building.append(_build(workplace, origin, base))
        total, inside = _from_clone(workplace, trained=False)
        with_training.append(total)
        bodies.append(inside)
        pulled.append(_from_clone(workplace, trained=True)[0])
    alone = [train + build for train, build in zip(training, building, strict=True)]
    figures = (
        ratio("with training ÷ (training + build)", with_training, alone, GOAL),
        ratio("weights pulled ÷ build", pulled, building, None),
        seconds("clone → report, with training", with_training),
        seconds("… of which work of the stages, without imports and DVC", bodies),
        seconds("clone → report, weights pulled", pulled),
        seconds("training alone (the stage's process, imports included)", training),
        seconds("docker build alone (no cached layer)", building),
    )
    return Result(name="clone", figures=figures, notes=_notes(workplace, origin))


def _train(workplace: Workplace) -> float:
    """In a clone whose data is there: what a training script on its own would do."""
    folder, _ = workplace.clone("training")
    workplace.processes.output(sys.executable, "-m", "dvc", "pull", "-q", "data.dvc", folder=folder)
    command = (sys.executable, "-m", "ml_ci.stages.train")
    took = workplace.processes.seconds(*command, folder=folder)
    workplace.remove(folder)
    return took


def _build(workplace: Workplace, origin: Path, base: str) -> float:
    """By the docker command, from the context that ml-ci sends: build/context and the wheels."""
    context = workplace.folder / "context"
    shutil.copytree(origin / paths.BUILD_CONTEXT, context)
    lock, home = context / IMAGE_LOCK_IN_CONTEXT, origin / paths.STATE / "wheels"
    wheels = Wheels(home=home, lock=lock, architecture=architecture()).get()
    shutil.copytree(wheels, context / "wheels")
    forget_layers(context / "Dockerfile")
    command = ("docker", "build", "--network=none", f"--build-arg=BASE={base}", ".")
    took = workplace.processes.seconds(*command, folder=context, more=_CLASSIC)
    workplace.remove(context)
    return took


def _from_clone(workplace: Workplace, *, trained: bool) -> tuple[float, float]:
    """Seconds from `git clone` to the report, and those the stages' own work took of them."""
    folder, cloning = workplace.clone("clone")
    forget_layers(folder / paths.DOCKERFILE)
    if not trained:  # as if nobody had pushed them
        lock = folder / paths.LOCK
        lock.write_text(without(lock.read_text(encoding="utf-8"), _TRAINED), encoding="utf-8")
    running = workplace.processes.seconds(
        *ML_CI, "repro", folder=folder, more=workplace.variables, codes=REPORTED
    )
    records = [json.loads(path.read_text()) for path in (folder / STAGE_RECORDS).glob("*.json")]
    ran = {record["stage"] for record in records}
    if ("train" in ran) == trained:
        raise RuntimeError(f"these stages ran: {', '.join(sorted(ran))}")
    workplace.remove(folder)
    return cloning + running, sum(record["seconds"] for record in records)


def without(lock: str, stages: tuple[str, ...]) -> str:
    """A dvc.lock that has never heard of ``stages``."""
    for stage in stages:
        lock = re.sub(rf"^  {stage}:\n(    .*\n)+", "", lock, flags=re.MULTILINE)
    return lock


def _notes(workplace: Workplace, origin: Path) -> tuple[str, ...]:
    version = workplace.processes.output(
        "docker", "version", "--format", "{{.Server.Version}}", folder=origin
    )
    return (
        "`git clone` and `ml-ci repro` (pull, nine stages, report, gate); Docker "
        f"{version.strip()}, classic builder, every layer built anew",
        "installed before: packages, the image's wheels, the base image",
    )
