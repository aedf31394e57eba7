"""The handover: what is read back, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from ml_ci.artifacts.bounds import SIDES
from ml_ci.errors import UserError
from ml_ci.github.handover import (
    LAST_LINES,
    MAX_BYTES,
    READER,
    Handover,
    failure_handover,
    handover_text,
    read_handover,
    report_handover,
    skip_handover,
)
from ml_ci.parity.result import Failure
from tests.builders.hostile import full_report, lists_in, with_rows
from tests.builders.reports import COMMIT, parity, report


def failed(**changed: Any) -> Handover:
    arguments: dict[str, Any] = {"stage": "train", "message": "no room", "last_lines": ["a", "b"]}
    return failure_handover(COMMIT, **{**arguments, **changed})


@pytest.mark.parametrize(
    "handover",
    [
        pytest.param(report_handover(COMMIT, report(), "a fork"), id="report"),
        pytest.param(failed(), id="failed"),
        pytest.param(skip_handover(COMMIT, "only documentation"), id="skipped"),
    ],
)
def test_read__gives_back_what_was_written(handover: Handover) -> None:
    assert handover == read_handover(handover_text(handover).encode())


def test_report__of_as_many_targets_as_there_may_be_fits() -> None:
    """Each of them leaves images out, and images that were not compared."""
    failures = tuple(Failure(image=f"{n}.png", message="x" * 2000) for n in range(1000))
    whole = parity("resized", images=500).model_copy(update={"failures": failures})
    targets = (whole.model_copy(update={"target": f"t{n}"}) for n in range(SIDES - 1))

    handover = report_handover(COMMIT, report(parity=tuple(targets)))

    assert 2 * (SIDES - 1) == len(handover.left_out)
    assert handover == read_handover(handover_text(handover).encode())


def changed(**values: Any) -> bytes:
    document = json.loads(handover_text(report_handover(COMMIT, report())))
    return json.dumps({**document, **values}).encode()


def in_report(**values: Any) -> bytes:
    document = json.loads(handover_text(report_handover(COMMIT, report())))
    document["report"] |= values
    return json.dumps(document).encode()


NESTED = b'{"schema_version": 1, "report": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b" " * 100_000_000, "it has 100000000 bytes", id="100-MB"),
        pytest.param(NESTED, "recursion limit exceeded", id="deeply-nested"),
        pytest.param(in_report(thresholds={"accuracy": float("nan")}), "finite", id="NaN"),
        pytest.param(in_report(thresholds={"a": float("inf")}), "finite", id="infinity"),
        pytest.param(changed(schema_version=7), "its schema version is 7", id="unknown-schema"),
        pytest.param(changed(schema_version="x"), "schema_version: Input should", id="no-version"),
        pytest.param(changed(pull_request=1), "pull_request: Extra inputs", id="pull-request"),
        pytest.param(changed(commit="HEAD"), "commit: String should match", id="commit"),
        pytest.param(changed(report=None), "a report belongs to", id="no-report"),
        pytest.param(changed(outcome="failed"), "a report belongs to", id="other-outcome"),
        pytest.param(in_report(receipt="../x"), "report.receipt: String", id="no-sha256"),
        pytest.param(in_report(log_tail=[""] * 10**6), "log_tail: Tuple", id="million-rows"),
        pytest.param(changed(note="NOTE").replace(b"NOTE", b"\\ud800"), "Invalid JSON", id="half"),
        pytest.param(b"\xef\xbb\xbf" + changed(), "Invalid JSON", id="byte-order-mark"),
        pytest.param(changed(schema_version=10**4000), "less than or equal", id="large-number"),
        pytest.param(changed(**{"\x1b::x": 1}), "?::x: Extra", id="key-for-a-terminal"),
        pytest.param(b"\xff\xfe", "Invalid JSON", id="no-JSON"),
        pytest.param(b"", "Invalid JSON", id="empty"),
    ],
)
def test_read__refuses(content: bytes, why: str) -> None:
    with pytest.raises(UserError) as refused:
        read_handover(content)

    assert why in refused.value.what


FULL = report_handover(COMMIT, full_report())
LISTS = list(lists_in(json.loads(handover_text(FULL))))
MOST_FIELDS = 20  # of one row


@pytest.mark.parametrize("row", [None, {}], ids=["null", "object"])
@pytest.mark.parametrize("place", LISTS, ids=[".".join(map(str, place)) for place in LISTS])
def test_read__a_list_is_given_up_at_its_first_wrong_row(
    place: tuple[str | int, ...], row: object
) -> None:
    """A list is longest before it is refused for its length."""
    with pytest.raises(ValidationError) as refused:
        READER.validate_json(with_rows(FULL, place, row, 2000))

    assert refused.value.error_count() <= MOST_FIELDS


def test_read__millions_of_wrong_rows_are_refused_by_the_first() -> None:
    content = with_rows(FULL, ("report", "parity"), {}, 1_300_000)

    with pytest.raises(UserError, match=r"report\.parity\.0\.target: Field required"):
        read_handover(content)


def test_failure__keeps_the_last_lines() -> None:
    handover = failed(last_lines=[str(number) for number in range(LAST_LINES + 1)])

    assert handover.failure is not None
    assert (LAST_LINES, "50") == (len(handover.failure.last_lines), handover.failure.last_lines[-1])


def test_failure__long_line_is_cut() -> None:
    handover = failed(last_lines=["x" * 10**6])

    assert handover.failure is not None
    assert ("x" * 1999 + "…",) == handover.failure.last_lines


def test_report__of_twenty_thousand_golden_images_fits() -> None:
    content = handover_text(report_handover(COMMIT, report(parity=(parity(images=20_000),))))

    assert len(content.encode()) < MAX_BYTES


def test_report__says_what_was_left_out() -> None:
    handover = report_handover(COMMIT, report(parity=(parity(images=20_000),)))

    assert [("images of server", 19_000)] == [(row.what, row.rows) for row in handover.left_out]
