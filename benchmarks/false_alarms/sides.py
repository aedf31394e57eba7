"""Sides: a configuration's processes, and what they answered as rungs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.false_alarms import run_graph
from benchmarks.false_alarms.configurations import Configuration
from benchmarks.false_alarms.environments import Environments
from benchmarks.false_alarms.layout import IMAGES, SENT
from benchmarks.false_alarms.making import Made
from benchmarks.false_alarms.pictures import as_png
from benchmarks.processes import Processes
from benchmarks.workplace import ROOT
from ml_ci.rung import Recorded, record_array, record_bytes, record_text
from ml_ci.steps import IMAGE, LABEL, LADDER, RECEIVED

_OTHER_ZLIB = 1
"""Compression level of what was recompressed; the pictures were written with another one."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What one configuration made of one subject."""

    rungs: dict[str, dict[str, Recorded]]
    """By picture and step; empty where it could not be run."""
    failure: str = ""


class Sides:
    """Runs configurations over all subjects, one process each."""

    def __init__(
        self, folder: Path, made: Sequence[Made], environments: Environments, seeds: int
    ) -> None:
        self._folder = folder
        self._made = made
        self._environments = environments
        self._seeds = seeds
        self._processes = Processes(compiled=folder / "compiled")

    def run(self, configuration: Configuration) -> dict[str, Answered]:
        """By the subject's name. Raises RuntimeError when the process as a whole fails."""
        chosen = [one for one in self._made if one.subject.side <= configuration.largest_side]
        folder = self._folder / "answers"
        folder.mkdir(exist_ok=True)
        outputs = {one.subject.name: folder / f"{one.subject.name}.npz" for one in chosen}
        job = {
            "networks": [
                {"folder": str(one.folder), "output": str(outputs[one.subject.name])}
                for one in chosen
            ],
            "runtime": configuration.runner,
            "options": dict(configuration.options),
            "entry": configuration.entry,
            "batch": configuration.batch,
            "copies": configuration.copies,
            "decoder": configuration.decoder,
            "sent": str(self._folder / SENT),
            "seeds": self._seeds,
        }
        file = folder / "job.json"
        file.write_text(json.dumps(job), encoding="utf-8")
        self._processes.output(
            *self._command(configuration), str(file), folder=ROOT, more=configuration.variables
        )
        return {
            one.subject.name: self._answered(one, configuration, outputs[one.subject.name])
            for one in chosen
        }

    def _command(self, configuration: Configuration) -> tuple[str, ...]:
        python = self._environments.python(configuration.packages)
        if configuration.runner == "torch":
            return (python, "-m", "benchmarks.false_alarms.run_torch")
        return (python, str(Path(run_graph.__file__)))

    def _answered(self, made: Made, configuration: Configuration, output: Path) -> Answered:
        failed = output.with_suffix(".failed")
        if failed.exists():
            reason = failed.read_text(encoding="utf-8")
            failed.unlink()
            return Answered(rungs={}, failure=reason)
        with np.load(output) as answers:
            values = {key: answers[key] for key in answers.files}
        output.unlink()
        return Answered(rungs=_as_rungs(values, made, configuration))


def _as_rungs(
    values: Mapping[str, Any], made: Made, configuration: Configuration
) -> dict[str, dict[str, Recorded]]:
    rungs: dict[str, dict[str, Recorded]] = {}
    for key, value in values.items():
        step, _, image = key.partition("|")
        recorded = record_text(str(value)) if step == LABEL.name else record_array(value)
        rungs.setdefault(image, {})[step] = recorded
    if configuration.entry == IMAGE.name:
        images = np.load(made.folder / IMAGES)
        for image, recorded_of in rungs.items():
            content = made.steps.sent(image)
            if configuration.recompressed and image.startswith("other-"):
                content = as_png(images[image], _OTHER_ZLIB)
            recorded_of[RECEIVED.name] = record_bytes(content)
            recorded_of.setdefault(IMAGE.name, record_array(images[image]))
    order = [step.name for step in LADDER]
    return {
        image: dict(sorted(of.items(), key=lambda item: order.index(item[0])))
        for image, of in rungs.items()
    }
