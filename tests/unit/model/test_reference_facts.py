"""What the reference knows of its model is its own, whatever the exported file says."""

from __future__ import annotations

from pathlib import Path

from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.model_facts import facts_of_strings
from ml_ci.model.reference_facts import reference_facts
from tests.builders.images import RULE
from tests.builders.model import ladder
from tests.builders.onnx_model import default_metadata, write_model


def test_facts__are_those_of_the_ladder(tmp_path: Path) -> None:
    exported = write_model(tmp_path) / "model.onnx"
    reference = ladder(size=[16, 20])

    facts = reference_facts(reference, RULE, exported)

    assert (reference.class_names, "[16, 20]", "20") == (
        facts.class_names,
        (facts.preprocess or {})["size"],
        (facts.decode_rule or {})["max_aspect"],
    )


def test_facts__name_the_exported_file(tmp_path: Path) -> None:
    exported = write_model(tmp_path) / "model.onnx"

    facts = reference_facts(ladder(), RULE, exported)

    told = facts_of_strings(default_metadata()).provenance
    assert (sha256_of_file(exported), told) == (facts.model_sha256, facts.provenance)
