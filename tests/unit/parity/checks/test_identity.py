"""Identity: what both sides say of their model, and what is never told."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.artifacts.model_facts import ModelFacts, facts_of_document, no_facts
from ml_ci.parity.check import Check
from ml_ci.parity.checks.identity import model_checks

PREPROCESS = {"fit": "stretch", "size": [32, 32], "filter": "bilinear"}
RULE = {"orientation": "exif", "background": [255, 255, 255], "max_bytes": 1000}
PROVENANCE = {"weights_sha256": "c" * 64, "versions": {"torch": "2.13.0"}}


def facts(**changes: Any) -> ModelFacts:
    document = {
        "sha256": "a" * 64,
        "class_names": ["cat", "dog", "owl"],
        "preprocess": PREPROCESS,
        "decode_rule": RULE,
        "provenance": PROVENANCE,
    }
    return facts_of_document(document | changes)


def check(name: str, reference: ModelFacts, target: ModelFacts) -> Check:
    (found,) = [one for one in model_checks(reference, target) if one.name == name]
    return found


def test_model_checks__of_the_same_facts_agree() -> None:
    assert [("identity", "agrees")] * 4 == [
        (one.topic, one.outcome) for one in model_checks(facts(), facts())
    ]
    assert [
        "both sides have the model file aaaaaaaaaaaa…, made from the weights cccccccccccc…",
        "the same 3 class names in the same order",
        "the same 3 settings: fit stretch, size [32, 32], filter bilinear",
        "the same 3 settings: orientation exif, background [255, 255, 255], max_bytes 1000",
    ] == [one.evidence for one in model_checks(facts(), facts())]


NAMES = ["model file", "class list", "preprocessing", "decode rule"]


@pytest.mark.parametrize("name", NAMES)
def test_model_checks__of_a_target_that_tells_nothing_are_unknown(name: str) -> None:
    found = check(name, facts(), no_facts("/v1/models/x answered 404: 'no'"))
    assert "unknown" == found.outcome
    assert "the target does not tell it: /v1/models/x answered 404: 'no'" == found.evidence


@pytest.mark.parametrize("name", NAMES)
def test_model_checks__of_a_reference_that_tells_nothing_are_unknown(name: str) -> None:
    found = check(name, no_facts(""), facts())
    assert ("unknown", "the reference does not tell it") == (found.outcome, found.evidence)


OTHER_FILE = "the target has the model file bbbbbbbbbbbb…, the reference aaaaaaaaaaaa…; "


@pytest.mark.parametrize(
    ("provenance", "outcome", "evidence"),
    [
        pytest.param(None, "note", "whether their weights are the same is not told", id="not told"),
        pytest.param(
            {"versions": {"torch": "2.13.0"}},
            "note",
            "whether their weights are the same is not told",
            id="without weights",
        ),
        pytest.param(PROVENANCE, "note", "another file of the same weights", id="same weights"),
        pytest.param(
            PROVENANCE | {"versions": {"torch": "2.12.1"}},
            "note",
            "another file of the same weights (versions.torch 2.12.1, the reference's 2.13.0)",
            id="another exporter",
        ),
        pytest.param(
            {"weights_sha256": "d" * 64, "versions": {"torch": "2.12.1"}},
            "differs",
            "made from the weights dddddddddddd…, not cccccccccccc…; "
            "versions.torch 2.12.1, the reference's 2.13.0",
            id="other weights",
        ),
    ],
)
def test_model_file__that_is_another(
    provenance: dict[str, Any] | None, outcome: str, evidence: str
) -> None:
    found = check("model file", facts(), facts(sha256="b" * 64, provenance=provenance))
    assert (outcome, OTHER_FILE + evidence) == (found.outcome, found.evidence)


@pytest.mark.parametrize(
    ("names", "evidence"),
    [
        pytest.param(
            ["cat", "owl", "dog"],
            "the same 3 class names in another order: 2 have moved; "
            "index 1 is owl, the reference has dog",
            id="exchanged",
        ),
        pytest.param(
            ["cat", "dog"],
            "the target has 2 class names, the reference 3; it lacks owl",
            id="fewer",
        ),
        pytest.param(
            ["background", "cat", "dog", "owl"],
            "the target has 4 class names, the reference 3; the reference does not know background",
            id="more",
        ),
        pytest.param(
            ["cat", "dog", "Owl\n::error::"],
            "the target has 3 class names, the reference 3; it lacks owl; "
            "the reference does not know Owl?::error::",
            id="renamed, and hostile",
        ),
        pytest.param(
            ["cat", "dog", "owl", "owl"],
            "the target has 4 class names, the reference 3; the reference does not know owl",
            id="twice",
        ),
    ],
)
def test_class_list__that_is_another(names: list[str], evidence: str) -> None:
    found = check("class list", facts(), facts(class_names=names))
    assert ("differs", evidence) == (found.outcome, found.evidence)


def test_class_list__sorted_as_text_is_said_so() -> None:
    ours, theirs = [str(n) for n in range(12)], sorted(str(n) for n in range(12))
    found = check("class list", facts(class_names=ours), facts(class_names=theirs))
    assert found.evidence == (
        "the same 12 class names in another order: 10 have moved; "
        "index 2 is 10, the reference has 2; the target's are sorted as text"
    )


@pytest.mark.parametrize(
    ("settings", "outcome", "evidence"),
    [
        pytest.param(
            PREPROCESS | {"size": [224, 224], "filter": "bicubic"},
            "differs",
            "size is [224, 224], the reference has [32, 32]; "
            "filter is bicubic, the reference has bilinear",
            id="two others",
        ),
        pytest.param(
            {"fit": "stretch", "size": [32.0, 32]},
            "note",
            "the same 2 settings: fit stretch, size [32, 32]; the target does not tell filter",
            id="one missing",
        ),
        pytest.param(
            PREPROCESS | {"gamma": 2.2},
            "note",
            "the same 3 settings: fit stretch, size [32, 32], filter bilinear; "
            "the reference does not tell gamma",
            id="one more",
        ),
    ],
)
def test_preprocessing__that_is_another(
    settings: dict[str, Any], outcome: str, evidence: str
) -> None:
    found = check("preprocessing", facts(), facts(preprocess=settings))
    assert (outcome, evidence) == (found.outcome, found.evidence)


@pytest.mark.parametrize(
    ("change", "outcome", "evidence"),
    [
        pytest.param(
            {"orientation": "ignore"},
            "differs",
            "orientation is ignore, the reference has exif",
            id="orientation",
        ),
        pytest.param(
            {"max_bytes": 5},
            "note",
            "max_bytes is 5, the reference has 1000",
            id="a limit refuses, and changes no pixel",
        ),
    ],
)
def test_decode_rule__that_is_another(change: dict[str, Any], outcome: str, evidence: str) -> None:
    found = check("decode rule", facts(), facts(decode_rule=RULE | change))
    assert (outcome, evidence) == (found.outcome, found.evidence)
