"""What closes no gate and has to be read all the same."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.base.reported import LockOutcome, ReportedBase, ReportedLock
from ml_ci.changes.result import CommittedNumbers
from ml_ci.golden.result import ImageChange
from ml_ci.params.gate import GateSettings
from ml_ci.report.concerns import Concern, concerns_of, in_short
from ml_ci.report.schema import GateCheck, Subset, SubsetSplit
from tests.builders.changes import answered, changes, prediction, side
from tests.builders.golden import changes as golden_changes
from tests.builders.reports import BASE, COMMIT, engine, report, without_container

PART = Subset(
    folder="public",
    splits=(
        SubsetSplit(split="golden", images=48, whole=48),
        SubsetSplit(split="test", images=10, whole=100),
        SubsetSplit(split="train", images=20, whole=500),
    ),
    trained=True,
)
WARNED = GateSettings(fresh_lock="warn", worse_than_base="warn", smallest_loss=0.0)
ASKED = "ML_CI_BASE is gone, which this clone does not know"


def base(**changed: Any) -> ReportedBase:
    return BASE.model_copy(update=changed)


def lock(outcome: LockOutcome) -> ReportedLock:
    return ReportedLock(
        commit=COMMIT, outcome=outcome, stale=(), unchecked=(), sentence="run it again"
    )


def allowed(*kinds: Any) -> dict[str, Any]:
    rows = tuple(
        ImageChange(kind=kind, image=f"{number}.png", note="", allowed=True)
        for number, kind in enumerate(kinds)
    )
    return {"golden": golden_changes(images={"changed": len(rows), "changes": rows})}


def committed(state: Any) -> dict[str, Any]:
    numbers = CommittedNumbers(commit=COMMIT, state=state, sentence="1 of 9 answers")
    return {"changes": changes(committed=numbers)}


def other_images() -> dict[str, Any]:
    return {"changes": changes(side(prediction("1", "cat")), side(prediction("2", "cat")))}


CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "process": (
        {"engine": without_container()},
        "the container itself was not exercised",
        "**The container itself was not exercised.** What ships is the container: run this where "
        "there is an engine for it (`docs/docker.md`).",
    ),
    "stand-in": (
        {"engine": engine(stand_in=True)},
        "on a stand-in for the container's base",
        "**The container was made on a stand-in for its base.** What ships is made from another "
        "one: run this where that can be pulled.",
    ),
    "trained-on-a-subset": (
        {"subset": PART},
        "measured on a public subset",
        "**Measured on a public subset of the data** (folder public), with 10 of 100 test, 20 of "
        "500 train images, because a fork may not read all of it. The network was trained on it, "
        "too, so nothing here says how good it would be with all of the data, and its numbers are "
        "not held against the base's. That dvc.lock and metrics/ are not of this run is no fault "
        "of the pull request. To measure it on all of the data, push the branch to this "
        "repository.",
    ),
    "tested-on-a-subset": (
        {"subset": PART.model_copy(update={"trained": False})},
        "measured on a public subset",
        "**Measured on a public subset of the data** (folder public), with 10 of 100 test, 20 of "
        "500 train images, because a fork may not read all of it. That dvc.lock and metrics/ "
        "are not of this run is no fault of the pull request. To measure it on all of the data, "
        "push the branch to this repository.",
    ),
    "no-base": (
        {"base": base(commit=None, branch=None, source="missing", chosen="it is too shallow")},
        "nothing to compare with",
        "**There is nothing to compare with:** it is too shallow. Whether anything is worse than "
        "before is not known.",
    ),
    "no-numbers": (
        {"base": base(source="missing", sentence="train failed")},
        "the base has no numbers",
        "**The base has no numbers to compare with:** train failed. Whether anything is worse than "
        "before is not known.",
    ),
    "another-base": (
        {"base": base(chosen=f"where it left main ({ASKED})", note=ASKED)},
        "another base than the one asked for",
        "**The base is not the one that was asked for:** fedcba9876, where it left main "
        "(ML_CI_BASE is gone, which this clone does not know).",
    ),
    "other-test-images": (
        other_images(),
        "no test image is that of the base",
        "**No test image is the same as in the base:** whether the model is better or worse is not "
        "known.",
    ),
    "worse-and-only-warned": (
        {"changes": changes(*answered(91, broken=9)), "settings": WARNED},
        "worse than the base",
        "**Worse than the base:** 0 of 100 test images fixed, 9 broken: worse, by more than chance "
        "(p = 0.0039). The metrics comment lists the images.",
    ),
    "stale-lock": (
        {"lock": lock("stale")},
        "dvc.lock is stale",
        "**dvc.lock is stale:** run it again.",
    ),
    "unknown-lock": (
        {"lock": lock("unknown")},
        "dvc.lock may be stale",
        "**dvc.lock may be stale:** run it again.",
    ),
    "golden-images-gone": (
        allowed("removed", "renamed", "relabelled"),
        "2 golden images gone or changed (allowed)",
        "**2 golden images gone or changed (allowed).** What they witnessed may be witnessed no "
        "more: the parity comment lists them.",
    ),
    "committed-numbers-differ": (
        committed("differs"),
        "metrics/ is not what was measured",
        "**What 0123456789 has in `metrics/` is not what was measured here:** 1 of 9 answers. To "
        "take over what was measured: `ml-ci accept --run ID` with the number of the run, or `make "
        "repro` on your machine; then commit `dvc.lock` and `metrics/`.",
    ),
    "no-committed-numbers": (
        committed("missing"),
        "no committed numbers",
        "**0123456789 has no numbers in `metrics/` that can be used:** 1 of 9 answers. To take "
        "over what was measured: `ml-ci accept --run ID` with the number of the run, or `make "
        "repro` on your machine; then commit `dvc.lock` and `metrics/`.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_concerns_of__a_report(case: str) -> None:
    changed, short, sentence = CASES[case]

    assert (Concern(short=short, sentence=sentence),) == concerns_of(report(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="all-well"),
        pytest.param({"changes": changes()}, id="with-a-base"),
        pytest.param({"base": base(behind=9, source="measured")}, id="measured-base"),
        pytest.param({"lock": lock("fresh")}, id="fresh-lock"),
        pytest.param(allowed("renamed"), id="renamed-golden-image"),
        pytest.param(committed("noise"), id="committed-by-chance"),
        pytest.param(committed("same"), id="committed"),
    ],
)
def test_concerns_of__what_needs_no_reading(changed: dict[str, Any]) -> None:
    assert () == concerns_of(report(**changed))


def test_concerns_of__a_network_trained_on_a_subset_asks_for_no_base() -> None:
    content = report(subset=PART, base=base(source="missing"), changes=changes(paired=None))

    assert ["measured on a public subset"] == [one.short for one in concerns_of(content)]


def test_concerns_of__a_condition_nobody_knows() -> None:
    check = GateCheck(name="<new>", outcome="warn", sentence="only a warning: it is @odd")
    content = report().model_copy(update={"gate": (check,)})

    expected = Concern(short="a warning of the gate", sentence="**&lt;new>:** it is @\u200bodd.")
    assert (expected,) == concerns_of(content)


def test_in_short__names_the_first() -> None:
    some = [Concern(short=f"{number}", sentence="") for number in range(5)]

    assert ("0, 1, 2 and 2 more", "0, 1, 2") == (in_short(some), in_short(some[:3]))
