"""What benchmarks change in their clones: a lock that forgets stages, layers of their own."""

from __future__ import annotations

from pathlib import Path

from benchmarks.clone import without
from benchmarks.engine import forget_layers, label_layers
from benchmarks.machine import WAIT_SECONDS, wait_for_quiet

LOCK = """\
schema: '2.0'
stages:
  train:
    cmd: train
    outs:
    - path: trained
  evaluate:
    cmd: evaluate
  export:
    cmd: export
"""


def test_without__forgets_these_stages_alone() -> None:
    expected = "schema: '2.0'\nstages:\n  evaluate:\n    cmd: evaluate\n"

    assert without(LOCK, ("train", "export")) == expected


def test_label_layers__comes_first_in_every_stage() -> None:
    dockerfile = "ARG BASE=a\nFROM ${BASE} AS packages\nRUN b\nFROM ${BASE}\nCOPY c\n"
    label = "LABEL ml-ci.benchmark=id ml-ci.benchmark.time=0"

    assert label_layers(dockerfile, "id").splitlines() == [
        "ARG BASE=a",
        "FROM ${BASE} AS packages",
        label,
        "RUN b",
        "FROM ${BASE}",
        label,
        "COPY c",
    ]


def test_forget_layers__changes_the_labels_of_every_stage_each_time(tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text(label_layers("FROM a\nFROM b\n", "id"), encoding="utf-8")
    seen = set()
    for _ in range(2):
        forget_layers(dockerfile)
        seen |= set(dockerfile.read_text(encoding="utf-8").splitlines()[1::2])

    assert len(seen) == 2


def test_wait_for_quiet__does_not_wait_forever() -> None:
    slept: list[float] = []

    said = wait_for_quiet(load=lambda: 4.0, sleep=slept.append)

    assert sum(slept) == WAIT_SECONDS
    assert said == f"load average 4.0, waited {WAIT_SECONDS} s, 4.0: begun all the same"


def test_wait_for_quiet__goes_on_as_soon_as_it_is() -> None:
    loads = iter([3.0, 3.0, 1.0, 1.0])

    said = wait_for_quiet(load=lambda: next(loads), sleep=lambda _: None)

    assert said == "load average 3.0, waited 5 s, 1.0: then quiet"
