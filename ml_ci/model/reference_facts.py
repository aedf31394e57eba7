"""What the reference knows of its own model, for targets to be held against."""

from __future__ import annotations

import json
from pathlib import Path

from ml_ci.artifacts.model_facts import ModelFacts, facts_of_document
from ml_ci.data.decode import DecodeRule
from ml_ci.model.classifier import Ladder
from ml_ci.model.model_file import read_model_file


def reference_facts(ladder: Ladder, rule: DecodeRule, exported: Path) -> ModelFacts:
    """Classes and preprocessing as the ladder has them, so that a file which has others shows; the
    hash and the provenance are those of the ``exported`` file.

    Raises UserError when it cannot be read.
    """
    own = facts_of_document(
        {
            "class_names": ladder.class_names,
            "preprocess": ladder.settings.model_dump(),
            "decode_rule": json.loads(rule.to_json()),
        }
    )
    file = read_model_file(exported).facts
    return own.model_copy(update={"model_sha256": file.model_sha256, "provenance": file.provenance})
