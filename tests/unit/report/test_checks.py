"""Checks as a reader sees them."""

from __future__ import annotations

import pytest

from ml_ci.parity.check import Check
from ml_ci.report.checks import (
    CheckRow,
    checks_summary,
    differing,
    environment_rows,
    folded_checks,
    folded_summary,
    in_one_cell,
    open_checks,
    relevant_entries,
)
from tests.builders.checks import check
from tests.builders.reports import parity

SAID = {"evidence": "not asked: there is no room"}
EVERY = (
    check("a", "agrees"),
    check("b", "unknown", **SAID),
    check("c", "note"),
    check("d", "differs"),
    check("e", "unknown", **SAID),
    check("python", "note", topic="environment"),
    check("same entries", "unknown", topic="environment"),
)


def test_open_checks__what_differs_stands_first_and_a_reason_once() -> None:
    assert (
        CheckRow(outcome="differs", names="d", evidence="evidence of d"),
        CheckRow(outcome="unknown", names="b, e", evidence="not asked: there is no room"),
    ) == open_checks(EVERY)


def test_open_checks__two_that_differ_alike_are_two_rows() -> None:
    both = [check("a", evidence="it differs"), check("b", evidence="it differs")]

    assert ["a", "b"] == [row.names for row in open_checks(both)]


def test_folded_checks__notes_before_what_agrees() -> None:
    assert ["c", "a"] == [row.names for row in folded_checks(EVERY)]


def test_environment_rows__in_the_order_of_judging() -> None:
    assert ["python", "same entries"] == [row.names for row in environment_rows(EVERY)]


def test_suspects__are_notes_that_tell_of_a_step() -> None:
    checks = (
        check("numpy", "note", topic="environment", step="resized"),
        check("resize probes", "agrees", topic="environment", step="resized"),
        check("python", "note", topic="environment"),
        check("pixels", "note", step="image"),
    )

    assert ("numpy",) == relevant_entries(parity("resized").model_copy(update={"checks": checks}))


def test_differing__are_none_where_the_reference_is_to_blame() -> None:
    target = parity().model_copy(update={"checks": EVERY})

    assert ["d"] == [one.name for one in differing(target)]
    assert () == differing(target.model_copy(update={"reference_failure": "it is not sound"}))


@pytest.mark.parametrize(
    ("checks", "cell"),
    [
        (EVERY, "✗ 1 · 2 ❔"),
        (EVERY[:1], "✓"),
        (EVERY[:2], "✓ · 1 ❔"),
        (EVERY[1:2], "○ · 1 ❔"),
        (EVERY[5:], "○"),
        ((), "○"),
    ],
    ids=["differs", "agrees", "in part", "unknown", "environment alone", "none"],
)
def test_in_one_cell(checks: tuple[Check, ...], cell: str) -> None:
    assert cell == in_one_cell(checks)


def test_checks_summary__counts_every_outcome() -> None:
    assert "1 differs, 3 could not be made, 2 notes, 1 agrees" == checks_summary(EVERY)


def test_folded_summary__counts_what_is_folded_away() -> None:
    assert "1 note, 1 agrees" == folded_summary(EVERY)
