"""The gate's two conditions about the golden set, and what is said of them."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.golden.result import Behaviour, ImageChange, Move
from ml_ci.report.golden import golden_checks
from ml_ci.report.rendering import render
from ml_ci.report.schema import Report, Subset
from tests.builders.golden import COMMIT, changes
from tests.builders.reports import report


def move(image: str, *, after: str = "dog", now: float | None = 0.25) -> Move:
    return Move(image=image, before="cat", after=after, then=0.75, now=now, accepted=False)


def denied(image: str = "a.png") -> dict[str, Any]:
    change = ImageChange(kind="relabelled", image=image, note="cat → dog", allowed=False)
    line = f"golden: {{allowed_removals: [{image}]}}"
    return {"changed": 1, "denied": 1, "changes": (change,), "line": line}


MOVED = {"moved": 2, "moves": (move("a.png"), move("b.png", after="cat"))}
MANY = {"moved": 9, "moves": tuple(move(f"{n}.png", now=None) for n in range(5))}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        pytest.param({}, ("pass", "3 of 3 are as accepted for these weights"), id="as-accepted"),
        pytest.param(
            {"compared": 2},
            ("pass", "2 of 2 are as accepted for these weights, 1 new; commit metrics/golden.json"),
            id="new-image",
        ),
        pytest.param(
            {"compared": 0},
            ("pass", "the first of these weights, nothing to accept; commit metrics/golden.json"),
            id="retrained",
        ),
        pytest.param(
            MOVED,
            (
                "fail",
                "2 of 3 moved with the same weights; if that is meant: `ml-ci golden accept`, then "
                "commit metrics/golden.json. Moved: a.png (cat → dog), b.png (cat: 0.750 → 0.250)",
            ),
            id="moved",
        ),
        pytest.param(
            MANY,
            (
                "fail",
                "9 of 3 moved with the same weights; if that is meant: `ml-ci golden accept`, then "
                "commit metrics/golden.json. Moved: 0.png (cat → dog), 1.png (cat → dog), "
                "2.png (cat → dog) and 6 more",
            ),
            id="many",
        ),
        pytest.param(
            {"problem": "it is gone"},
            ("fail", "it is gone; look at it, run `ml-ci golden accept` and commit it"),
            id="problem",
        ),
    ],
)
def test_answers__outcome_and_sentence(answers: dict[str, Any], expected: tuple[str, str]) -> None:
    check = golden_checks(changes(answers=answers))[0]

    assert expected == (check.outcome, check.sentence)


@pytest.mark.parametrize(
    ("trained", "compared", "expected"),
    [
        pytest.param(
            True,
            0,
            "of weights that were trained on a public subset: there are none to hold against",
            id="trained-on-it",
        ),
        pytest.param(True, 3, "3 of 3 are as accepted for these weights", id="known-weights"),
        pytest.param(
            False,
            0,
            "the first of these weights, nothing to accept; commit metrics/golden.json",
            id="trained-on-all",
        ),
    ],
)
def test_answers__of_a_public_subset_are_not_to_be_committed(
    trained: bool, compared: int, expected: str
) -> None:
    subset = Subset(folder="public", splits=(), trained=trained)

    check = golden_checks(changes(answers={"compared": compared}), subset)[0]

    assert ("pass", expected) == (check.outcome, check.sentence)


ALLOWED = ImageChange(kind="removed", image="a.png", note="", allowed=True)
RENAMED = ImageChange(kind="renamed", image="b.png", note="c.png", allowed=True)


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        pytest.param({}, ("pass", "the same as in the base"), id="the-same"),
        pytest.param({"commit": None}, ("pass", "no base to compare it with"), id="no-base"),
        pytest.param(
            {"added": 2, "changed": 1, "changes": (ALLOWED,)},
            ("pass", "2 added, 1 removed or changed, as allowed"),
            id="allowed",
        ),
        pytest.param(
            {"changed": 2, "changes": (ALLOWED, RENAMED)},
            ("pass", "1 renamed, 1 removed or changed, as allowed"),
            id="renamed",
        ),
        pytest.param(
            denied(),
            (
                "fail",
                "1 removed or changed without being allowed: a.png (relabelled, cat → dog); "
                "if that is meant, write in params.yaml: golden: {allowed_removals: [a.png]}",
            ),
            id="denied",
        ),
    ],
)
def test_images__outcome_and_sentence(images: dict[str, Any], expected: tuple[str, str]) -> None:
    check = golden_checks(changes(images=images))[1]

    assert expected == (check.outcome, check.sentence)


def of(**golden: Any) -> Report:
    """A report with this golden part and its conditions."""
    return report(golden=changes(**golden))


def test_comment__says_first_that_answers_moved() -> None:
    lines = render("parity.md.j2", of(answers=MOVED)).splitlines()

    assert lines[0].startswith(
        "## ❌ **The gate is closed: 2 golden answers moved without being accepted**; "
        "training and serving agree on 3 of 3 images"
    )
    assert (
        "1. Find out what moved the golden answers, since it was not the weights; if it is meant, "
        "run `ml-ci golden accept` and commit `metrics/golden.json`." in lines
    )
    assert "| b.png | cat | cat | 0.750 → 0.250 |" in lines


def test_comment__says_first_that_images_are_gone_and_gives_the_line() -> None:
    lines = render("parity.md.j2", of(images=denied())).splitlines()

    assert "**The gate is closed: 1 golden image gone or changed without perm" in lines[0]
    assert "| a.png | relabelled | cat → dog | **no** |" in lines
    assert "golden: {allowed_removals: [a.png]}" in lines


@pytest.mark.parametrize(
    ("same", "moved", "said"),
    [
        pytest.param(
            True, 0, "On all 3 golden images the answer is that of 0123456789ab", id="as-the-base"
        ),
        pytest.param(
            True, 2, "With the same weights as 0123456789ab, 2 of 3 golden answers moved", id="same"
        ),
        pytest.param(
            False, 2, "The weights are others than at 0123456789ab, so answers are", id="retrained"
        ),
    ],
)
def test_comment__tells_the_behaviour_against_the_base(same: bool, moved: int, said: str) -> None:
    behaviour = Behaviour(
        commit=COMMIT,
        same_weights=same,
        compared=3,
        moved=moved,
        flips=moved,
        moves=tuple(move(f"{n}.png").model_copy(update={"accepted": True}) for n in range(moved)),
    )

    text = render("parity.md.j2", of(behaviour=behaviour))

    assert said in text
    assert (same and bool(moved)) == ("| 0.png | cat | dog | 0.750 → 0.250 | yes |" in text)


def test_comment__escapes_what_comes_from_data() -> None:
    hostile = "<b>|@all"
    behaviour = Behaviour(
        commit=COMMIT, same_weights=True, compared=3, moved=1, flips=1, moves=(move(hostile),)
    )
    content = of(
        answers={"moved": 1, "moves": (move(hostile, after=hostile),), "problem": hostile},
        images={**denied(hostile), "added": 1, "added_names": (hostile,), "line": "x"},
        behaviour=behaviour,
    )

    text = render("parity.md.j2", content)

    assert (False, 5) == ("<b>" in text, text.count("&lt;b>\\|@\u200ball"))
