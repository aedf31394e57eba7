"""The reference examined: by golden images of its trace, and its answers kept for the targets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ml_ci.artifacts import paths
from ml_ci.artifacts.inquiry import InvariantsRecord
from ml_ci.inquiry.kept_answers import SyntheticAnswers
from ml_ci.model.classifier import Ladder
from ml_ci.params.compute import ComputeSettings
from ml_ci.parity.checks.invariants import NAMES, invariant_checks
from ml_ci.rung import record_array, record_text
from ml_ci.stages.self_examination import SelfExamination, accelerator
from ml_ci.steps import IMAGE, LABEL, PROBABILITIES, TENSOR
from ml_ci.trace.layout import TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter
from tests.builders.broken_networks import broken_ladder, right_ladder
from tests.builders.model import noisy, preprocess_settings
from tests.builders.target_settings import replay_settings
from tests.builders.traces import noise_floor

PICTURES = {f"{seed}.png": noisy(9 + seed, 12, seed) for seed in range(5)}
HEADER = TraceHeader(target="reference", receipt="r", created="")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def examination(ladder: Ladder) -> SelfExamination:
    return SelfExamination(
        ladder=ladder,
        preprocess=preprocess_settings(),
        settings=replay_settings(synthetic={"uniform": 2}),
        compute=ComputeSettings(device="cpu", threads=1),
    )


def traced(ladder: Ladder) -> Trace:
    with TraceWriter(Path("trace/reference"), HEADER) as trace:
        for name, picture in PICTURES.items():
            climbed = ladder.run(IMAGE.name, picture[None])
            rungs = {
                IMAGE.name: record_array(picture),
                PROBABILITIES.name: record_array(climbed[PROBABILITIES.name][0]),
                LABEL.name: record_text(str(climbed[LABEL.name][0])),
            }
            trace.add(name, rungs)
    return Trace.open(Path("trace/reference"))


def outcomes(record: InvariantsRecord) -> dict[str, str]:
    """By invariant: whether all answers were the same, within noise."""
    names = {title: name for name, title in NAMES.items()}
    checks = invariant_checks(record, noise_floor())
    return {names[one.name]: one.outcome for one in checks if one.name in names}


def test_invariants__of_a_right_reference_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_ci.stages.self_examination.load_ladder", right_ladder)
    ladder = broken_ladder("nothing")

    record = examination(ladder).invariants(traced(ladder), PICTURES.__getitem__)

    asked = ("repeated", "order", "batch", "place", "neighbours", "fresh process")
    assert dict.fromkeys(asked, "agrees") == outcomes(record)
    assert (3, 2) == (len(record.images), record.repeats)


def test_invariants__that_do_not_hold_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_ci.stages.self_examination.load_ladder", right_ladder)
    ladder = broken_ladder("functional dropout")

    record = examination(ladder).invariants(traced(ladder), PICTURES.__getitem__)

    assert "differs" == outcomes(record)["repeated"]


def test_accelerator__is_the_cpu_where_there_is_no_other() -> None:
    assert "cpu" == accelerator("cpu").type
    for choice in ("cuda", "mps"):
        there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        assert (choice if there[choice] else "cpu") == accelerator(choice).type


def test_answers__are_kept_with_their_tensors() -> None:
    ladder = broken_ladder("nothing")

    sha256 = examination(ladder).answer_synthetic(HEADER)

    trace = Trace.open(paths.SYNTHETIC)
    kept = SyntheticAnswers.of(trace)
    assert (["ones", "zeros", "uniform 1", "uniform 2"], TENSOR.name, 64) == (
        list(kept.tensors),
        trace.header.entry,
        len(sha256),
    )
    for name, tensor in kept.tensors.items():
        probabilities = kept.answers[name]["probabilities"].array
        assert probabilities is not None
        climbed = ladder.run(TENSOR.name, np.asarray(tensor)[None])
        assert climbed["probabilities"][0].tolist() == probabilities.tolist()
