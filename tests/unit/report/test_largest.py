"""The largest report that may be handed over costs no more work than it has rows."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ml_ci.artifacts.bounds import CHECKS, ENTRIES, SIDES
from ml_ci.github.handover import MAX_BYTES
from ml_ci.parity.result import ImageResult, ParityResult, RungResult
from ml_ci.report import advice, rendering
from ml_ci.report.check_names import parity_name
from ml_ci.report.ladder import WorstImage, worst_images
from ml_ci.report.rendering import render
from ml_ci.report.schema import GateCheck, Report
from tests.builders.parity import judge
from tests.builders.reports import report

IMAGES = 1100  # per target: with everything else, a report as large as a handover may be


@pytest.fixture(scope="module")
def largest() -> Report:
    """As many rows of everything as the schema allows, and images until the handover is full."""
    rung = RungResult(step="resized", mark="differs", own=9.0, allowed=1.0, message="x")
    images = [
        ImageResult(image=f"{n}.png", first_step="resized", rungs=(rung,)) for n in range(IMAGES)
    ]
    result = judge(target="server", golden=IMAGES, images=images, failures=[])
    targets = tuple(result.model_copy(update={"target": f"t{n}"}) for n in range(SIDES - 1))
    check = GateCheck(name=parity_name("t0"), outcome="fail", sentence="x")
    sides = {f"s{n}": {f"{n}-{e}": "x" for e in range(ENTRIES)} for n in range(SIDES)}
    full = report(parity=targets, environments=sides).model_dump()
    return Report.model_validate({**full, "gate": (check,) * CHECKS})


def test_largest__fills_a_handover(largest: Report) -> None:
    size = len(largest.model_dump_json().encode())

    assert (True, size) == (MAX_BYTES * 0.5 <= size <= MAX_BYTES, size)


@pytest.mark.parametrize("rows", [20, 1])
def test_largest__has_few_lines(largest: Report, rows: int) -> None:
    lines = render("parity.md.j2", largest, rows=rows).splitlines()

    # Per side: a table of the worst images, one of steps, and the environment
    assert len(lines) <= (SIDES + 1) * (4 * rows + 40)


def test_largest__goes_through_the_images_of_a_target_once_for_advice(
    largest: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def counted(result: ParityResult) -> tuple[WorstImage, ...]:
        calls.append(result.target)
        return worst_images(result)

    for module in (advice, rendering):
        monkeypatch.setattr(module, "worst_images", counted)
    render("parity.md.j2", largest)

    assert 2 * len(largest.parity) == len(calls)  # for the advice, and for the tables


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"environments": {f"s{n}": {} for n in range(SIDES + 1)}}, id="sides"),
        pytest.param(
            {"environments": {"s": {f"{n}": "" for n in range(ENTRIES + 1)}}}, id="entries"
        ),
        pytest.param({"parity": report().parity * SIDES}, id="targets"),
        pytest.param({"gate": report().gate[:1] * (CHECKS + 1)}, id="checks"),
    ],
)
def test_report__refuses_more_than_anybody_reads(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="at most"):
        Report.model_validate({**report().model_dump(), **changed})
