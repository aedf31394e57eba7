"""Which answers have moved, and held against what."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts.golden import GoldenSnapshot
from ml_ci.golden.accepted import Accepted
from ml_ci.golden.answers import behaviour_since, judge_answers
from tests.builders.golden import COMMIT, NEW, NOISE, OLD, answers, measured


@pytest.mark.parametrize(
    ("then", "now", "moved"),
    [
        pytest.param(0.9, 0.9, 0, id="the-same"),
        pytest.param(0.9, 0.9 + NOISE - 1e-6, 0, id="within-the-noise"),
        pytest.param(0.9, 0.9 + NOISE + 1e-5, 1, id="beyond-the-noise"),
        pytest.param(0.9, 0.9 - NOISE - 1e-5, 1, id="beyond-the-noise-downwards"),
        pytest.param(0.9, 0.1, 1, id="another-class"),
        pytest.param(0.5005, 0.4995, 0, id="a-tie-that-flips"),
        pytest.param(0.503, 0.497, 1, id="a-flip-wider-than-a-tie"),
    ],
)
def test_judge__counts_what_moved(tmp_path: Path, then: float, now: float, moved: int) -> None:
    accepted = Accepted(given=answers(a=then))

    assert moved == judge_answers(measured(tmp_path, a=now), accepted, []).moved


def test_judge__allows_for_the_rounding_of_the_snapshot(tmp_path: Path) -> None:
    coarse = answers(a=0.9).model_copy(update={"decimals": 2})

    judged = judge_answers(measured(tmp_path, a=0.9 + NOISE + 0.004), Accepted(given=coarse), [])

    assert 0 == judged.moved


def test_judge__a_class_that_is_gone_has_moved(tmp_path: Path) -> None:
    bird = answers(a=0.9).answers[0].model_copy(update={"predicted": "bird"})
    given = answers(a=0.9).model_copy(update={"answers": (bird,)})

    (move,) = judge_answers(measured(tmp_path, a=0.9), Accepted(given=given), []).moves

    assert ("bird", "cat", None) == (move.before, move.after, move.now)


def test_judge__names_flips_first_then_the_largest(tmp_path: Path) -> None:
    accepted = Accepted(given=answers(a=0.9, b=0.9, c=0.55, d=0.9))

    judged = judge_answers(measured(tmp_path, a=0.8, b=0.6, c=0.45, d=0.9), accepted, [])

    assert ["c", "b", "a"] == [move.image for move in judged.moves]


OTHER = {"a": 0.2, "b": 0.9}
SAME = {"a": 0.9, "b": 0.9}


@pytest.mark.parametrize(
    ("accepted", "base", "expected"),
    [
        pytest.param(Accepted(given=answers(**OTHER)), None, (2, ["a"]), id="accepted-otherwise"),
        pytest.param(
            Accepted(given=answers(**SAME)), answers(**OTHER), (2, []), id="accepted-since-the-base"
        ),
        pytest.param(
            Accepted(given=answers(**OTHER)),
            answers(**SAME),
            (2, ["a"]),
            id="not-accepted-since-the-base",
        ),
        pytest.param(
            Accepted(given=None, here=answers(**SAME)),
            answers(**OTHER),
            (2, ["a"]),
            id="written-by-the-run-alone",
        ),
        pytest.param(
            Accepted(given=answers(b=0.9), here=answers(**SAME)),
            answers(**OTHER),
            (2, ["a"]),
            id="one-answer-deleted",
        ),
        pytest.param(
            Accepted(given=answers(NEW, **SAME)),
            answers(**OTHER),
            (2, ["a"]),
            id="accepted-for-other-weights",
        ),
        pytest.param(
            Accepted(given=answers(NEW, **OTHER)), answers(NEW, **OTHER), (0, []), id="retrained"
        ),
        pytest.param(
            Accepted(given=answers(**SAME), here=answers(**OTHER)),
            answers(**SAME),
            (2, ["a"]),
            id="the-file-says-something-else",
        ),
        pytest.param(
            Accepted(given=None, here=answers(NEW, **OTHER)), None, (0, []), id="nothing-known"
        ),
        pytest.param(Accepted(given=answers(a=0.9)), None, (1, []), id="a-new-image"),
        pytest.param(
            Accepted(given=answers(a=0.9), here=answers(a=0.9, b=0.1)),
            None,
            (2, ["b"]),
            id="a-new-image-the-file-is-wrong-about",
        ),
    ],
)
def test_judge__holds_answers_against_those_accepted_for_the_same_weights(
    tmp_path: Path, accepted: Accepted, base: GoldenSnapshot | None, expected: tuple[int, list[str]]
) -> None:
    held = [] if base is None else [base]
    judged = judge_answers(measured(tmp_path, **SAME), accepted, held)

    assert expected == (judged.compared, [move.image for move in judged.moves])


def test_judge__keeps_the_problem_of_the_file(tmp_path: Path) -> None:
    accepted = Accepted(given=None, problem="it is gone")

    assert "it is gone" == judge_answers(measured(tmp_path, a=0.9), accepted, []).problem


@pytest.mark.parametrize(
    ("given", "weights", "expected"),
    [
        pytest.param(answers(a=0.2), OLD, (True, [True]), id="accepted"),
        pytest.param(answers(a=0.9), OLD, (True, [False]), id="not-accepted"),
        pytest.param(answers(a=0.2), NEW, (False, [False]), id="retrained"),
    ],
)
def test_behaviour__says_what_was_accepted(
    tmp_path: Path, given: None, weights: str, expected: tuple[bool, list[bool]]
) -> None:
    base = answers(weights, a=0.9)

    since = behaviour_since(measured(tmp_path, a=0.2), Accepted(given=given), [base], COMMIT)

    assert expected == (since.same_weights, [move.accepted for move in since.moves])


def test_behaviour__counts_flips_and_moves(tmp_path: Path) -> None:
    before = answers(NEW, a=0.9, b=0.9, c=0.9, gone=0.9)
    now = measured(tmp_path, a=0.2, b=0.8, c=0.9, new=0.9)

    since = behaviour_since(now, Accepted(given=None), [before], COMMIT)

    assert (3, 2, 1) == (since.compared, since.moved, since.flips)
