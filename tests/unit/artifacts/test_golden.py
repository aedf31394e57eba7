"""The golden snapshot on disk: what a run keeps of it, and what is read of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import GoldenSnapshot, renew, save_golden
from tests.builders.golden import NEW, answers


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read() -> GoldenSnapshot:
    return GoldenSnapshot.of_text(paths.GOLDEN_JSON.read_bytes())


def confidences(snapshot: GoldenSnapshot) -> dict[str, float]:
    return {answer.image: answer.confidence for answer in snapshot.answers}


def test_renew__keeps_what_was_answered_with_the_same_weights() -> None:
    renewed = renew(answers(a=0.9, b=0.9), [answers(a=0.6, b=0.7)])

    assert {"a": 0.6, "b": 0.7} == confidences(renewed)


def test_renew__takes_the_new_answers_of_other_weights() -> None:
    renewed = renew(answers(NEW, a=0.9), [answers(a=0.6)])

    assert (NEW, {"a": 0.9}) == (renewed.weights_sha256, confidences(renewed))


def test_renew__adds_new_images_and_drops_those_that_are_gone() -> None:
    renewed = renew(answers(a=0.9, new=0.8), [answers(a=0.6, gone=0.7)])

    assert {"a": 0.6, "new": 0.8} == confidences(renewed)


def test_renew__finds_a_deleted_answer_in_the_next_snapshot() -> None:
    renewed = renew(answers(a=0.9, b=0.9), [answers(a=0.6), answers(a=0.5, b=0.7)])

    assert {"a": 0.6, "b": 0.7} == confidences(renewed)


def test_renew__labels_are_todays() -> None:
    old = answers(a=0.6)
    relabelled = old.answers[0].model_copy(update={"label": "dog"})

    renewed = renew(answers(a=0.9), [old.model_copy(update={"answers": (relabelled,)})])

    assert ["cat"] == [answer.label for answer in renewed.answers]


def test_save__rounds_to_less_than_the_smallest_noise() -> None:
    save_golden(answers(a=0.98765432))

    assert ({"a": 0.987654}, True) == (confidences(read()), read().rounding < 1e-6)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("<<<<<<< HEAD\n{}", id="merge-conflict"),
        pytest.param("[]", id="list"),
        pytest.param("{}", id="no-keys"),
        pytest.param('{"weights_sha256": "a", "images": {"a": {}}}', id="no-answer"),
        pytest.param('{"weights_sha256": 1, "images": {}}', id="no-weights"),
        pytest.param("[" * 100_000, id="nested"),
        pytest.param("\udcff", id="no-text"),
        pytest.param(json.dumps({**answers(a=0.9).document(), "decimals": "x"}), id="odd-decimals"),
        pytest.param(
            json.dumps({**answers(a=0.9).document(), "decimals": 5}), id="too-few-decimals"
        ),
        pytest.param('{"weights_sha256": "ab", "images": {}}', id="no-decimals"),
        pytest.param(json.dumps({**answers(a=0.9).document(), "images": []}), id="no-images"),
    ],
)
def test_read__refuses_what_is_damaged(content: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        GoldenSnapshot.of_text(content.encode("utf-8", "surrogateescape"))
