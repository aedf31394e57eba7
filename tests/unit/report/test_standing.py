"""Both first lines for every combination of what may be the matter: may it be merged, or not?

One look at either comment has to tell: ✅ only where nothing speaks against it; ⚠️ and what to look
at where the gate is open all the same; ❌, or ⚠️ with the words, where it is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from ml_ci.base.reported import LockOutcome, ReportedLock
from ml_ci.changes.result import CommittedNumbers
from ml_ci.golden.result import ImageChange
from ml_ci.params.gate import GateSettings
from ml_ci.parity.conclusion import conclude
from ml_ci.report.concerns import Concern
from ml_ci.report.headline import headline
from ml_ci.report.metrics_headline import metrics_headline
from ml_ci.report.rendering import render
from ml_ci.report.schema import Outcome, Report
from ml_ci.report.standing import standing_of
from tests.builders.changes import answered, changes
from tests.builders.checks import check
from tests.builders.golden import changes as golden_changes
from tests.builders.reports import BASE, COMMIT, evaluation, parity, report, without_container

STRICT = GateSettings(fresh_lock="fail", worse_than_base="fail", smallest_loss=0.0)
LENIENT = GateSettings(fresh_lock="warn", worse_than_base="warn", smallest_loss=0.0)
GONE = ImageChange(kind="removed", image="a.png", note="", allowed=False)
ALLOWED = GONE.model_copy(update={"allowed": True})

# What may be the matter, each with every state it can be in: how that is reported, and what comes
# of it. "pass" comes first.
Axis = Mapping[str, tuple[dict[str, Any], Outcome]]


def lock(outcome: LockOutcome) -> dict[str, Any]:
    return {
        "lock": ReportedLock(
            commit=COMMIT, outcome=outcome, stale=(), unchecked=(), sentence=outcome
        )
    }


def golden(moved: int = 0, *gone: ImageChange) -> dict[str, Any]:
    denied = sum(not change.allowed for change in gone)
    images = {"changed": len(gone), "denied": denied, "changes": gone}
    return {"golden": golden_changes(answers={"moved": moved}, images=images)}


def committed(**section: Any) -> dict[str, Any]:
    numbers = CommittedNumbers(commit=COMMIT, state="differs", sentence="")
    return {"changes": changes(committed=numbers, **section)}


OWN = (check("the same request again", topic="invariants"),)
COMPARED: Axis = {
    "agree": ({"parity": (parity(),)}, "pass"),
    "part": ({"parity": (parity("resized"),)}, "fail"),
    "check-differs": ({"parity": (conclude(parity(), [check()]),)}, "fail"),
    "check-unknown": ({"parity": (conclude(parity(), [check(outcome="unknown")]),)}, "pass"),
    "reference-fails": (
        {"parity": (conclude(parity(), [], reference=OWN),), "reference": OWN},
        "fail",
    ),
    "missing": ({"parity": (parity(missing=1),)}, "incomplete"),
    "part-and-missing": ({"parity": (parity(missing=1), parity("label"))}, "fail"),
}
GRAPH: Axis = {"same": ({}, "pass"), "differs": ({"graph": "it differs"}, "fail")}
QUALITY: Axis = {
    "good": ({}, "pass"),
    "inaccurate": ({"evaluation": evaluation(accuracy=0.8)}, "fail"),
    "taught-nothing": ({"evaluation": evaluation(untrained_accuracy=0.99)}, "fail"),
}
GOLDEN: Axis = {
    "as-accepted": (golden(), "pass"),
    "moved": (golden(2), "fail"),
    "gone": (golden(0, GONE), "fail"),
    "moved-and-gone": (golden(1, GONE, ALLOWED), "fail"),
    "shrunk-as-allowed": (golden(0, ALLOWED), "warn"),
}
LOCK: Axis = {
    "fresh": (lock("fresh"), "pass"),
    "stale": (lock("stale"), "warn"),
    "unknown": (lock("unknown"), "warn"),
}
STRICT_LOCK: Axis = {
    "fresh": (lock("fresh"), "pass"),
    "stale": (lock("stale"), "fail"),
    "unknown": (lock("unknown"), "incomplete"),
}
BASES: Axis = {
    "better": ({"changes": changes(*answered(91, fixed=9))}, "pass"),
    "worse": ({"changes": changes(*answered(91, broken=9))}, "warn"),
    "other-numbers-committed": (committed(), "warn"),
    "none": (
        {"base": BASE.model_copy(update={"commit": None, "source": "missing"}), "changes": None},
        "warn",
    ),
    "without-numbers": (
        {"base": BASE.model_copy(update={"source": "missing"}), "changes": changes(paired=None)},
        "warn",
    ),
    "another": ({"base": BASE.model_copy(update={"note": "it is gone"})}, "warn"),
}
STRICT_BASES: Axis = {
    "better": BASES["better"],
    "worse": (BASES["worse"][0], "fail"),
    "trained-again": (
        {"changes": changes(*answered(91, broken=9), expected=True)},
        "warn",
    ),
}
CONTAINER: Axis = {
    "exercised": ({}, "pass"),
    "not": ({"engine": without_container()}, "warn"),
}
_WORST: tuple[Outcome, ...] = ("fail", "incomplete", "warn", "pass")


def combinations(*axes: Axis) -> Mapping[str, tuple[dict[str, Any], Outcome]]:
    """Every combination, with the worst that comes of it."""
    found = {}
    for names in product(*axes):
        states = [axis[name] for axis, name in zip(axes, names, strict=True)]
        changed = {key: value for parts, _ in states for key, value in parts.items()}
        found[" ".join(names)] = (changed, min((one for _, one in states), key=_WORST.index))
    return found


LENIENTLY = combinations(COMPARED, GRAPH, QUALITY, GOLDEN, LOCK, BASES, CONTAINER)
STRICTLY = combinations(COMPARED, GOLDEN, STRICT_LOCK, STRICT_BASES, CONTAINER)
MARK = {"pass": "✅ ", "warn": "⚠️ ", "incomplete": "⚠️ ", "fail": "❌ "}
SAYS = {
    "pass": "**The gate is open: safe to merge.**",
    "warn": "**The gate is open: safe to merge once you have looked at this:**",
    "incomplete": "**The gate is closed: not known yet whether to merge.** What to do:",
    "fail": "**The gate is closed: do not merge yet.** What to do:",
}


def amiss(first: str, expected: Outcome) -> list[str]:
    """What a first line says that it should not, or does not say that it should."""
    is_closed = expected in ("fail", "incomplete")
    says_closed = any(words in first for words in ("the gate", "The gate", "part at"))
    points = "look first" in first or "not** exercised" in first
    agrees_first = first.removeprefix(MARK[expected]).startswith("training and serving agree")
    faults = {
        "the mark": not first.startswith(MARK[expected]),
        "whether the gate is closed": says_closed != is_closed,
        "nothing to look at": expected == "warn" and not points,
        "an alarm": expected == "pass" and points,
        "agreement first": is_closed and agrees_first,
    }
    return [fault for fault, holds in faults.items() if holds]


def amiss_in_both(content: Report, expected: Outcome) -> list[str]:
    standing = standing_of(content)
    lines = (headline(content, standing), metrics_headline(content, standing))
    return [f"{fault}: {line}" for line in lines for fault in amiss(line, expected)]


@pytest.mark.parametrize("compared", COMPARED)
def test_first_lines__of_every_combination(compared: str) -> None:
    found = {
        name: faults
        for name, (changed, expected) in LENIENTLY.items()
        if name.startswith(f"{compared} ")
        if (faults := amiss_in_both(report(settings=LENIENT, **changed), expected))
    }

    assert {} == found


def test_first_lines__of_every_combination_where_everything_closes_the_gate() -> None:
    found = {
        name: faults
        for name, (changed, expected) in STRICTLY.items()
        if (faults := amiss_in_both(report(settings=STRICT, **changed), expected))
    }

    assert {} == found


ALONE = {
    name: case
    for axis in (COMPARED, GRAPH, QUALITY, GOLDEN, LOCK, BASES, CONTAINER)
    for name, case in axis.items()
}


@pytest.mark.parametrize("template", ["metrics.md.j2", "parity.md.j2"])
@pytest.mark.parametrize("name", ALONE)
def test_comment__says_below_whether_to_merge_and_what_to_do(name: str, template: str) -> None:
    changed, expected = ALONE[name]

    lines = render(template, report(settings=LENIENT, **changed)).splitlines()

    does = {"pass": "", "warn": "- **", "incomplete": "1. ", "fail": "1. "}[expected]
    assert (True, True, True) == (
        lines[0].startswith(f"## {MARK[expected]}"),
        lines[2].startswith(SAYS[expected]),
        lines[4].startswith(does),
    ), lines[:6]


def test_comment__of_a_closed_gate_says_what_else_to_look_at() -> None:
    content = report(parity=(parity("resized"),), engine=without_container())

    lines = render("parity.md.j2", content).splitlines()

    assert ("Look at this as well:", True) == (
        lines[6],
        lines[8].startswith("- **The container itself was not exercised.**"),
    )


def test_standing__does_not_believe_a_list_of_conditions_that_forgot_the_comparison() -> None:
    content = report(parity=(parity("resized"),))
    forged = content.model_copy(
        update={"gate": tuple(c.model_copy(update={"outcome": "pass"}) for c in content.gate)}
    )

    assert ("fail", False) == (standing_of(forged).outcome, standing_of(forged).is_open)
    assert [] == amiss_in_both(forged, "fail")


def test_standing__has_what_a_report_cannot_know_of() -> None:
    beside = Concern(short="the code was changed", sentence="**Read it.**")

    lines = render("parity.md.j2", report(), beside=[beside]).splitlines()

    expected = (
        "## ⚠️ training and serving agree on 3 of 3 images; **look first: the code was changed**"
    )
    assert (expected, "- **Read it.**") == (lines[0], lines[4])


@pytest.mark.parametrize("checked", ["target", "reference"])
def test_standing__a_check_that_differs_closes_the_gate_whatever_the_verdict_says(
    checked: str,
) -> None:
    target = parity()
    if checked == "target":
        target = target.model_copy(update={"checks": (check(),)})
    content = report(parity=(target,), reference=OWN if checked == "reference" else ())

    assert "fail" == standing_of(content).outcome
