"""The drawing: stages and edges."""

from __future__ import annotations

from typing import Any

from ml_ci.changes.drawing import drawing_of

TRAIN: dict[str, Any] = {"deps": ["data"], "outs": ["trained"]}
EVALUATE: dict[str, Any] = {"deps": ["trained/weights"], "outs": [{"receipt": {"cache": False}}]}
REPORT: dict[str, Any] = {"deps": ["receipt", "trained"], "outs": ["reports"]}


def edges(**stages: Any) -> list[tuple[str, str]]:
    return [(edge.earlier, edge.later) for edge in drawing_of(stages).edges]


def test_edge__leads_to_who_reads_a_part_of_an_output() -> None:
    assert [("train", "evaluate")] == edges(train=TRAIN, evaluate=EVALUATE)


def test_edge__leads_to_who_reads_the_folder_of_an_output() -> None:
    stage = {"deps": ["receipts"]}

    assert [("train", "next")] == edges(train={"outs": ["receipts/a"]}, next=stage)


def test_edge__that_a_longer_way_says_is_left_out() -> None:
    drawn = edges(train=TRAIN, evaluate=EVALUATE, report=REPORT)

    assert [("train", "evaluate"), ("evaluate", "report")] == drawn


def test_stage__with_a_name_that_cannot_be_drawn_is_numbered() -> None:
    odd = {'"]; click x': TRAIN, "evaluate": EVALUATE}

    assert (("stage-1", "evaluate"), [("stage-1", "evaluate")]) == (
        drawing_of(odd).stages,
        edges(**odd),
    )


def test_drawing__of_something_else_has_no_edges() -> None:
    assert [] == edges(a=None, b={"deps": None, "outs": "x"}, c={"deps": ["a"]})
