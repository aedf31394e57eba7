"""Evidence: every topic is judged from its own facts, and what excuses what."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_ci.artifacts.inquiry import SyntheticInput, SyntheticRecord
from ml_ci.artifacts.model_facts import facts_of_document, no_facts
from ml_ci.artifacts.tensors import Tensor
from ml_ci.data.inspection import inspect
from ml_ci.data.passage import Passage
from ml_ci.parity.accepted import Accepted
from ml_ci.parity.check import Check
from ml_ci.parity.checks.evidence import LOOKED_INTO, Evidence, WeightFiles
from ml_ci.trace.layout import TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter
from tests.builders.checks import accuracy, check, flip, inquiry
from tests.builders.inquiry import held, invariants
from tests.builders.parity import compare
from tests.builders.reports import parity
from tests.builders.traces import Rungs, ladder, noise_floor, write_trace

FILE = hashlib.sha256(b"file").hexdigest()
UNEQUAL = {"weight": Tensor(values=np.arange(6, dtype=np.float32), stored="float32")}
OTHER = {"weight": Tensor(values=np.ones(6, dtype=np.float32), stored="float32")}


def passage(image: str, received: bytes) -> Passage:
    """A picture that lost what follows its end; ``image`` is what the test looks for."""
    return Passage(
        sent=inspect(image.encode()),
        received=inspect(received),
        handling=None,
        as_text="JSON",
        pixels="unknown",
        likeness=None,
        turned=False,
        seen_equal=False,
    )


def evidence(folder: Path, target: Rungs | None = None, **changes: Any) -> Evidence:
    """Two sides with the same image unless ``target`` is another, and nothing else known."""
    images = {"a.png": target or ladder()}
    plain = Evidence(
        golden={"a.png": FILE},
        reference=write_trace(folder / "reference", {"a.png": ladder()}),
        target=write_trace(folder / "target", images, with_pixels=True),
        noise=noise_floor(),
        facts=no_facts("nobody asked"),
        own=(),
        inquiry=inquiry(),
        weights=WeightFiles(reference={}, target={}, unknown="no file lies here"),
        passage=passage,
    )
    return replace(plain, **changes)


def found(known: Evidence, topic: str, *parted: str) -> list[Check]:
    """Of one topic, beside a ladder that parts at the steps named."""
    return [one for one in known.checks(parity(*parted)) if one.topic == topic]


def test_evidence__nothing_known_is_told_topic_by_topic(tmp_path: Path) -> None:
    checks = evidence(tmp_path).checks(parity())

    assert [
        ("identity", "model file", "unknown"),
        ("identity", "class list", "unknown"),
        ("identity", "preprocessing", "unknown"),
        ("identity", "decode rule", "unknown"),
        ("weights", "weights", "unknown"),
        ("transit", "bytes", "agrees"),
        ("identity", "golden set", "agrees"),
        ("identity", "golden content", "agrees"),
        ("identity", "bytes received", "agrees"),
        ("identity", "pixels", "agrees"),
        ("invariants", "the same request again", "unknown"),
        ("invariants", "another order", "unknown"),
        ("invariants", "alone and in a batch", "unknown"),
        ("invariants", "another place in the batch", "unknown"),
        ("invariants", "other neighbours in the batch", "unknown"),
        ("invariants", "requests under way at once", "unknown"),
        ("invariants", "a fresh process", "unknown"),
        ("invariants", "an answer of its own", "unknown"),
        ("synthetic", "synthetic tensors", "unknown"),
        ("accuracy", "accuracy through the server", "unknown"),
        ("environment", "environment", "unknown"),
    ] == [(one.topic, one.name, one.outcome) for one in checks]


def test_evidence__why_accuracy_was_not_asked(tmp_path: Path) -> None:
    (one,) = found(evidence(tmp_path), "accuracy")

    assert "not asked: nobody asked" == one.evidence


def test_evidence__accuracy_is_judged(tmp_path: Path) -> None:
    lost = accuracy(served=0.5, broken=48, p_value=1e-9, flips=(flip(),))

    (one,) = found(evidence(tmp_path, inquiry=inquiry(accuracy=lost)), "accuracy")

    assert "differs" == one.outcome


def test_evidence__facts_of_the_target_are_held_against_the_references(tmp_path: Path) -> None:
    ours = facts_of_document({"class_names": ["cat", "dog"]})
    theirs = inquiry(facts=facts_of_document({"class_names": ["dog", "cat"]}))

    names = [
        one.name
        for one in found(evidence(tmp_path, facts=ours, inquiry=theirs), "identity")
        if one.outcome == "differs"
    ]

    assert ["class list"] == names


def test_evidence__why_the_weights_are_not_known(tmp_path: Path) -> None:
    (one,) = found(evidence(tmp_path), "weights")

    assert "no file lies here" == one.evidence


def test_evidence__weights_are_compared(tmp_path: Path) -> None:
    both = WeightFiles(reference=UNEQUAL, target=OTHER)

    outcomes = {one.outcome for one in found(evidence(tmp_path, weights=both), "weights")}

    assert "differs" in outcomes


def test_evidence__bytes_that_arrived_as_others_are_looked_into(tmp_path: Path) -> None:
    known = evidence(tmp_path, ladder(received=b"{}", image=None))

    told = [(one.name, one.outcome) for one in found(known, "transit", "received")]

    assert [("left as text", "differs"), ("no image", "differs")] == told


def test_evidence__only_so_many_images_are_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml_ci.parity.checks.evidence.LOOKED_INTO", 0)
    known = evidence(tmp_path, ladder(received=b"{}"))

    (one,) = found(known, "transit", "received")

    assert 1000 == LOOKED_INTO
    assert (
        "other bytes arrived on 1 of 1 image (1 shorter); only their hashes are known: a.png"
        == one.evidence
    )


def test_evidence__other_bytes_that_the_ladder_makes_nothing_of_are_notes(tmp_path: Path) -> None:
    known = evidence(tmp_path, ladder(received=b"{}", image=None))

    assert {"note"} == {one.outcome for one in found(known, "transit")}


def test_evidence__a_tensor_recorded_otherwise_is_no_other_picture(tmp_path: Path) -> None:
    ladder_of_it = compare(tmp_path, {"a.png": ladder()}, without_executor=True)
    turned = ladder(image=np.ascontiguousarray(ladder()["image"].array)[None])

    pixels = [
        one
        for one in evidence(tmp_path / "own", turned).checks(ladder_of_it)
        if one.name == "pixels"
    ]

    assert ["note"] == [one.outcome for one in pixels]


def test_evidence__what_the_reference_fails_too_blames_no_target(tmp_path: Path) -> None:
    asked = inquiry(invariants=invariants(repeated=[held(worst=0.5)]))
    own = (check("the same request again", topic="invariants"),)

    (one, _) = found(evidence(tmp_path, inquiry=asked, own=own), "invariants")

    assert "unknown" == one.outcome
    assert one.evidence.endswith("the reference fails this too, so the target is not to blame")


@pytest.mark.parametrize(
    ("accepted", "outcome"),
    [(Accepted(), "differs"), (Accepted(largest={"logits": 2.0}), "agrees")],
    ids=["nothing accepted", "coarser numbers accepted"],
)
def test_evidence__invariants_within_what_is_accepted_hold(
    tmp_path: Path, accepted: Accepted, outcome: str
) -> None:
    asked = inquiry(invariants=invariants(repeated=[held(worst=0.5)]))

    (one, _) = found(evidence(tmp_path, inquiry=asked, accepted=accepted), "invariants")

    assert outcome == one.outcome


COARSE = Accepted(largest={"logits": 2.0, "tensor": 1.0})


@pytest.mark.parametrize(
    ("accepted", "outcome"),
    [(Accepted(), "differs"), (COARSE, "note")],
    ids=["nothing accepted", "coarser numbers accepted"],
)
def test_evidence__what_is_accepted_excuses_flips_tensors_and_settings(
    tmp_path: Path, accepted: Accepted, outcome: str
) -> None:
    tensor = SyntheticInput(
        name="ones",
        step="logits",
        worst=1.0,
        allowed=1e-3,
        largest_logit=9.0,
        expected="cat",
        answered="cat",
        failure="",
    )
    asked = inquiry(
        facts=facts_of_document({"preprocess": {"mean": [0.5]}}),
        synthetic=SyntheticRecord(inputs=(tensor,), not_asked=""),
        accuracy=accuracy(broken=1, flips=(flip(),)),
    )
    ours = facts_of_document({"preprocess": {"mean": [0.4]}})

    checks = evidence(tmp_path, facts=ours, inquiry=asked, accepted=accepted).checks(parity())

    names = ("preprocessing", "synthetic tensors", "accuracy through the server")
    assert dict.fromkeys(names, outcome) == {
        one.name: one.outcome for one in checks if one.name in names
    }


def test_evidence__what_can_matter_for_the_step_that_parts_stands_in_front(tmp_path: Path) -> None:
    sides = {
        side: trace_on(tmp_path / side, {"numpy": version, "python": version})
        for side, version in (("reference", "1"), ("target", "2"))
    }

    def first(*parted: str) -> tuple[str, str | None]:
        known = evidence(tmp_path / "none")
        known = replace(known, reference=sides["reference"], target=sides["target"])
        one = found(known, "environment", *parted)[0]
        return one.name, one.step

    assert [("numpy", "tensor"), ("decoder probes", None)] == [first("tensor"), first()]


def trace_on(folder: Path, environment: dict[str, str]) -> Trace:
    """A side that says what it runs on, and recorded nothing."""
    header = TraceHeader(target=folder.name, receipt="r", created="", environment=environment)
    with TraceWriter(folder, header):
        pass
    return Trace.open(folder)
