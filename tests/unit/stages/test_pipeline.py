"""dvc.yaml agrees with the code: modules, params sections, receipts."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from ml_ci.params.everything import SECTIONS
from ml_ci.params.reading import plain, read_document
from scripts.stage_deps import deps_of, import_graph

PIPELINE: dict[str, Any] = plain(read_document(Path("dvc.yaml")))["stages"]
MEASURING = ("evaluate", "reference", "image", "replay", "parity", "report")
STAGES = pytest.mark.parametrize("stage", list(PIPELINE))


@STAGES
def test_deps__are_the_closure_of_what_the_stage_imports(stage: str) -> None:
    declared = PIPELINE[stage]

    assert deps_of(declared, import_graph()) == declared["deps"], "run scripts/stage_deps.py"


@STAGES
def test_params__are_the_sections_the_stage_reads(stage: str) -> None:
    section_of = {kind.__name__: kind.section for kind in SECTIONS}
    tree = ast.parse(Path(f"ml_ci/stages/{stage}.py").read_text(encoding="utf-8"))
    read = {
        section_of[node.args[0].id]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "read_section"
        and isinstance(node.args[0], ast.Name)
    }

    assert read == set(PIPELINE[stage].get("params", []))


@pytest.mark.parametrize("stage", MEASURING)
def test_outs__of_a_measuring_stage_are_its_receipt_alone(stage: str) -> None:
    assert [{f"receipts/{stage}.json": {"cache": False}}] == PIPELINE[stage]["outs"]


def test_packages__run_no_code_of_their_own() -> None:
    """Their ``__init__.py`` files are not among the deps of a stage."""
    bodies = {
        path: ast.parse(path.read_text(encoding="utf-8")).body
        for path in Path("ml_ci").rglob("__init__.py")
    }

    assert dict.fromkeys(bodies, 1) == {path: len(body) for path, body in bodies.items()}


def test_report__does_not_reach_training() -> None:
    """A change to the report must never retrain."""
    touched = {"ml_ci/report/templates", "ml_ci/report/rendering.py", "ml_ci/report/schema.py"}

    assert not touched & set(PIPELINE["train"]["deps"])
