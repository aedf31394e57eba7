"""Invariants judged by the noise floor: what counts as the same, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ml_ci.artifacts.inquiry import Alike, Held, invariants_not_asked
from ml_ci.parity.check import Check
from ml_ci.parity.checks.invariants import (
    ALIKE,
    NAMES,
    excused,
    invariant_checks,
    reference_failure,
)
from tests.builders.inquiry import apart, held, invariants, like, other_label
from tests.builders.traces import noise_floor

NOISE = noise_floor(1e-3)


def judged(*alike: Alike, **asked: Sequence[Held] | str) -> dict[str, Check]:
    return {check.name: check for check in invariant_checks(invariants(*alike, **asked), NOISE)}


def repeated(*images: Held) -> tuple[str, str]:
    """Outcome and evidence of the same request again."""
    check = judged(repeated=images)[NAMES["repeated"]]
    return check.outcome, check.evidence


@pytest.mark.parametrize(
    ("images", "evidence"),
    [
        pytest.param(
            [held(), held("b")],
            "8 answers about 2 images, all as the first, to the last bit",
            id="bits",
        ),
        pytest.param(
            [held(worst=1e-6, identical=1), held("b", worst=5e-4, identical=3)],
            "8 answers about 2 images, 4 as the first to the last bit, the others within 0.0005 "
            "at probabilities (0.001 is noise)",
            id="noise",
        ),
        pytest.param(
            [held(worst=1e-3, identical=0, other_label=other_label(2e-3))],
            "4 answers about 1 images, 0 as the first to the last bit, the others within 0.001 "
            "at probabilities (0.001 is noise); the class changes between equally likely ones on a",
            id="a-tie",
        ),
        pytest.param(
            [held(apart=(), identical=3, other_label=other_label(1e-3))],
            "4 answers about 1 images, 3 as the first; "
            "the class changes between equally likely ones on a",
            id="labels-alone",
        ),
        pytest.param(
            [held(apart=(apart(3e-4, step="logits"), apart(2e-4)), identical=0)],
            "4 answers about 1 images, 0 as the first to the last bit, the others within 0.0002 "
            "at probabilities (0.001 is noise)",
            id="two-rungs",
        ),
    ],
)
def test_check__agrees(images: list[Held], evidence: str) -> None:
    assert ("agrees", evidence) == repeated(*images)


RANDOM = "something random is left on (dropout in training mode?)"


@pytest.mark.parametrize(
    ("images", "evidence"),
    [
        pytest.param(
            [held(), held("b", worst=2e-3), held("c", worst=0.5)],
            "2 of 3 images are answered otherwise when asked again, by up to 0.5 at probabilities "
            "on c (0.001 is noise)",
            id="beyond-noise",
        ),
        pytest.param(
            [held(worst=None), held("b", worst=0.5)],
            "2 of 2 images are answered otherwise when asked again, with probabilities that are "
            "not finite or have another shape on a",
            id="not-finite",
        ),
        pytest.param(
            [held(worst=0.0, other_label=other_label(0.003))],
            "1 of 1 images are answered otherwise when asked again, as dog instead of cat on a",
            id="label-beyond-a-tie",
        ),
        pytest.param(
            [held(worst=0.0, other_label=other_label(None, other="tiger"))],
            "1 of 1 images are answered otherwise when asked again, as tiger instead of cat on a",
            id="label-unknown",
        ),
        pytest.param(
            [held(apart=(apart(2e-3, step="logits"), apart(1e-5)))],
            "1 of 1 images are answered otherwise when asked again, by up to 0.002 at logits "
            "on a (0.001 is noise)",
            id="logits-alone",
        ),
    ],
)
def test_check__differs(images: list[Held], evidence: str) -> None:
    assert ("differs", f"{evidence}: {RANDOM}") == repeated(*images)


def test_check__differs_and_tells_failures() -> None:
    images = held(worst=0.5), held("b", failures=2, failure="status 500")

    expected = "; 2 of 10 questions were not answered, b: status 500"
    assert repeated(*images)[1].endswith(f"{RANDOM}{expected}")


@pytest.mark.parametrize(
    ("images", "evidence"),
    [
        pytest.param(
            [held(), held("b", answers=1, identical=1, failures=3, failure="status 500")],
            "3 of 8 questions were not answered, b: status 500",
            id="failures",
        ),
        pytest.param(
            [],
            "not asked: there is no golden image that the reference could answer",
            id="no-images",
        ),
    ],
)
def test_check__is_unknown(images: list[Held], evidence: str) -> None:
    assert ("unknown", evidence) == repeated(*images)


def test_check__says_why_it_was_not_asked() -> None:
    found = judged(batch="one image per request")[NAMES["batch"]]

    assert ("unknown", "not asked: one image per request") == (found.outcome, found.evidence)


@pytest.mark.parametrize(
    ("images", "mixed_up"),
    [
        pytest.param([held(worst=0.5, like=like(apart=1e-3))], True, id="of-another"),
        pytest.param([held(worst=0.5, like=like(apart=2e-3))], False, id="of-nobody"),
        pytest.param([held(worst=0.5)], False, id="unknown"),
        pytest.param(
            [held(worst=0.5, like=like()), held("b", worst=0.5, like=like(apart=0.2))],
            False,
            id="half-of-them",
        ),
        pytest.param(
            [held(worst=0.5, like=like())] * 2 + [held("b", worst=0.5, like=like(apart=0.2))],
            True,
            id="most-of-them",
        ),
        pytest.param(
            [held(worst=0.0, like=like(), other_label=other_label(0.5))], False, id="only-a-label"
        ),
    ],
)
def test_check__knows_answers_of_other_images(images: list[Held], mixed_up: bool) -> None:
    check = judged(concurrent=images)[NAMES["concurrent"]]

    said = "it got the answer of another image: requests are mixed up" in check.evidence
    assert ("differs", mixed_up) == (check.outcome, said)


def test_checks__are_one_for_each_and_one_for_alike() -> None:
    found = judged(repeated=[held()], batch="no", fresh_process=[held()])

    expected = [NAMES["repeated"], NAMES["batch"], NAMES["fresh process"], ALIKE]
    assert (expected, {"invariants"}) == (list(found), {one.topic for one in found.values()})


def test_checks__look_at_the_pattern() -> None:
    found = judged(repeated=[held(worst=0.5)], batch=[held(worst=0.5)])

    assert ["differs", "unknown", "agrees"] == [one.outcome for one in found.values()]


def test_alike__agrees() -> None:
    found = judged()[ALIKE]

    expected = "4 images, no two of different classes with the same numbers"
    assert ("agrees", expected) == (found.outcome, found.evidence)


@pytest.mark.parametrize(
    ("pairs", "names"),
    [(1, "a and b"), (3, "a and b (and 2 more pairs)")],
)
def test_alike__differs(pairs: int, names: str) -> None:
    found = judged(*[Alike(image="a", other="b")] * pairs)[ALIKE]

    expected = (
        f"{names} get the same numbers to the last bit, though the reference tells them apart: "
        "a cache that takes one for the other, or a network that does not see the picture?"
    )
    assert ("differs", expected) == (found.outcome, found.evidence)


def test_alike__takes_two_images() -> None:
    record = invariants().model_copy(update={"images": ("a",)})

    (found,) = invariant_checks(record, NOISE)

    assert ("unknown", "not asked: it takes two golden images") == (found.outcome, found.evidence)


def rows(**outcomes: Any) -> list[Check]:
    return [
        Check(topic="invariants", name=name, outcome=outcome, evidence=f"about {name}")
        for name, outcome in outcomes.items()
    ]


def test_reference__that_keeps_its_own_is_no_finding() -> None:
    assert None is reference_failure(rows(a="agrees", b="unknown"))


def test_reference__that_fails_its_own_is_the_finding() -> None:
    expected = "the reference itself is not to be relied on (b): about b"

    assert expected == reference_failure(rows(a="agrees", b="differs", c="differs"))


def test_excused__is_what_the_reference_fails_too() -> None:
    target = rows(a="differs", b="differs", c="agrees")

    found = excused(target, rows(a="differs", b="agrees", c="differs"))

    assert ["unknown", "differs", "agrees"] == [one.outcome for one in found]
    expected = "about a; the reference fails this too, so the target is not to blame"
    assert [expected, "about b", "about c"] == [one.evidence for one in found]


def test_alike__of_a_side_that_was_asked_nothing_says_why() -> None:
    nothing = invariants_not_asked("it is a dump")

    assert "not asked: it is a dump" == invariant_checks(nothing, NOISE)[-1].evidence
