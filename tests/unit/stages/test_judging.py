"""Judging: what is found on disk for the checks, and the ladder and its checks in one result."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.model_facts import facts_of_document, no_facts
from ml_ci.data.manifest import COLUMNS
from ml_ci.parity.accepted import NOTHING, Accepted
from ml_ci.parity.check import Check
from ml_ci.parity.result import ParityResult
from ml_ci.stages.judging import Judging, golden_hashes
from tests.builders.checks import accuracy, check, inquiry
from tests.builders.images import RULE, picture, png
from tests.builders.onnx_model import write_model
from tests.builders.parity import TinySteps
from tests.builders.traces import CLASS_NAMES, ladder, noise_floor, write_trace

SHA = "0" * 64
SENT = png(picture(1))


@pytest.fixture
def judging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Judging:
    """A checkout with a model, weights that are none of its, and one golden image."""
    monkeypatch.chdir(tmp_path)
    write_model(Path("models"))
    paths.GOLDEN.mkdir(parents=True)
    (paths.GOLDEN / "a.png").write_bytes(SENT)
    paths.TRAINED.mkdir()
    save_file({"w": np.arange(6, dtype=np.float32)}, paths.WEIGHTS)
    return Judging(
        golden={"a.png": sha256_of_file(paths.GOLDEN / "a.png")},
        folder=paths.GOLDEN,
        reference=write_trace(Path("trace/reference"), {"a.png": ladder(received=SENT)}),
        facts=no_facts("nobody asked"),
        own=(),
        weights=paths.WEIGHTS,
        noise=noise_floor(),
        card=ModelCard(
            name="shapes",
            version=1,
            class_names=CLASS_NAMES,
            model_sha256=SHA,
            network_sha256=SHA,
            weights_sha256=SHA,
        ),
        rule=RULE,
        executor=TinySteps(),
        threads=1,
    )


def judged(judging: Judging, *, received: bytes = SENT, **changes: object) -> ParityResult:
    images = {"a.png": ladder(received=received)}
    target = write_trace(Path("trace/server"), images, with_pixels=True)
    return judging.judge("server", target, inquiry(**changes), NOTHING)


def of_topic(result: ParityResult, topic: str) -> list[Check]:
    return [one for one in result.checks if one.topic == topic]


def weights_of(judging: Judging, sha256: str | None) -> Check:
    facts = facts_of_document({} if sha256 is None else {"sha256": sha256})
    return of_topic(judged(judging, facts=facts), "weights")[0]


def test_judge__of_what_never_started_asks_nothing(judging: Judging) -> None:
    target = write_trace(Path("trace/server"), {"a.png": ladder(received=SENT)})

    result = judging.judge("server", target, None, NOTHING)

    assert ["not asked: it never started"] == [one.evidence for one in of_topic(result, "accuracy")]
    assert ("pass", True) == (result.verdict, result.sentence.endswith("could not be made"))


def test_judge__puts_ladder_checks_and_accuracy_together(judging: Judging) -> None:
    record = accuracy()
    classes = facts_of_document({"class_names": ["dog", "cat"]})
    ours = replace(judging, facts=facts_of_document({"class_names": ["cat", "dog"]}))

    result = judged(ours, accuracy=record, facts=classes)

    assert ("server", "differs", "label", record) == (
        result.target,
        result.verdict,
        result.first_step,
        result.accuracy,
    )


def test_judge__a_reference_that_fails_its_own_is_the_finding(judging: Judging) -> None:
    own = (check("the same request again", topic="invariants"),)

    assert judged(replace(judging, own=own)).reference_failure.startswith("the reference itself")


def test_judge__what_is_accepted_holds_for_the_ladder_and_beside_it(judging: Judging) -> None:
    target = write_trace(
        Path("trace/server"), {"a.png": ladder(received=SENT, logits=np.asarray([2.5, -1], "f4"))}
    )

    result = judging.judge("server", target, inquiry(), Accepted(tolerances={"logits": 9.0}))

    assert 9.0 == next(step.allowed for step in result.steps if step.step == "logits")


@pytest.mark.parametrize(
    ("sha256", "why"),
    [
        (None, "the target does not tell which model file it has"),
        (SHA, "the model file that the target has does not lie here"),
    ],
    ids=["not told", "another file"],
)
def test_weights__of_a_file_that_is_not_here(
    judging: Judging, sha256: str | None, why: str
) -> None:
    found = weights_of(judging, sha256)

    assert ("unknown", why) == (found.outcome, found.evidence)


@pytest.mark.parametrize("context", [False, True], ids=["exported", "build context"])
def test_weights__are_read_from_the_file_that_the_target_has(
    judging: Judging, context: bool
) -> None:
    folder = Path("models/shapes/1")
    if context:  # what was exported since is another file
        folder = write_model(paths.BUILD_CONTEXT / "models", seed=1)

    found = weights_of(judging, sha256_of_file(folder / paths.MODEL_FILE))

    # These weights belong to no file: that it was looked into is what counts
    assert ("tensors", "no tensor of the target has a counterpart in the reference") == (
        found.name,
        found.evidence,
    )


def test_weights__that_cannot_be_read_say_why(judging: Judging) -> None:
    paths.WEIGHTS.write_bytes(b"nothing")

    found = weights_of(judging, sha256_of_file(Path("models/shapes/1") / paths.MODEL_FILE))

    assert ("unknown", True) == (
        found.outcome,
        found.evidence.startswith("the model file cannot be read: "),
    )


def test_weights__of_another_first_side_are_not_known(judging: Judging) -> None:
    found = weights_of(replace(judging, weights=None), SHA)

    assert "the weights of the first side do not lie here" == found.evidence


def test_transit__looks_into_bytes_that_arrived_as_others(judging: Judging) -> None:
    names = [one.name for one in of_topic(judged(judging, received=SENT + b"\n"), "transit")]

    assert ["bytes"] != names


@pytest.mark.parametrize("gone", [False, True], ids=["another file", "no file"])
def test_transit__tells_hashes_where_what_was_sent_is_not_here(
    judging: Judging, gone: bool
) -> None:
    path = paths.GOLDEN / "a.png"
    path.unlink() if gone else path.write_bytes(png(picture(2)))

    (found,) = of_topic(judged(judging, received=SENT + b"\n"), "transit")

    assert "only their hashes are known" in found.evidence


def test_golden_hashes__are_of_images_of_the_golden_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = [f"golden/a.png,{'1' * 64},cat,", f"golden/golden.csv,{'2' * 64},,"]
    rows += [f"test/cat/a.png,{'3' * 64},cat,"]
    paths.MANIFEST.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")

    assert {"a.png": "1" * 64} == golden_hashes()
