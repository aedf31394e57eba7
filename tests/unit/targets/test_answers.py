"""Answers of any server: where things lie, and what is believed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml_ci.rung import Recorded, record_array, record_text
from ml_ci.targets.answers import AnswerReader
from ml_ci.targets.client import TargetError
from tests.builders.own_servers import answer_settings

CLASSES = ("cat", "dog", "eel")
NUMBERS = [0.25, 0.5, 0.125]


def read(document: Any, *, classes: tuple[str, ...] | None = CLASSES, **settings: Any) -> Any:
    reader = AnswerReader(settings=answer_settings(**settings), classes=classes)
    return reader.read(document)


def told_at(step: str) -> dict[str, Any]:
    return {step: "p"}


def label_of(rungs: dict[str, Recorded]) -> str | None:
    return rungs["label"].rung.text


def refusal(document: Any, **settings: Any) -> str:
    with pytest.raises(TargetError) as caught:
        read(document, **settings)
    return str(caught.value)


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param(NUMBERS, id="list in the order of the classes"),
        pytest.param({"dog": 0.5, "eel": 0.125, "cat": 0.25}, id="object"),
        pytest.param([["dog", 0.5], ["cat", 0.25], ["eel", 0.125]], id="pairs"),
    ],
)
@pytest.mark.parametrize("step", ["probabilities", "logits"])
def test_read__puts_numbers_into_the_order_of_the_classes(step: str, numbers: Any) -> None:
    found = read({"p": numbers}, **told_at(step))
    assert record_array(np.array(NUMBERS, dtype=np.float32)).rung == found[step].rung


@pytest.mark.parametrize(
    "numbers",
    [
        pytest.param({"2": 0.125, "0": 0.25, "1": 0.5}, id="object"),
        pytest.param([[1, 0.5], [2, 0.125], [0, 0.25]], id="pairs"),
    ],
)
def test_read__takes_classes_told_by_index(numbers: Any) -> None:
    found = read({"p": numbers}, probabilities="p", label_as="index")
    assert record_array(np.array(NUMBERS, dtype=np.float32)).rung == found["probabilities"].rung


@pytest.mark.parametrize(
    ("document", "expression"),
    [
        pytest.param("dog", "@", id="the answer itself"),
        pytest.param({"a": [{"b": "dog"}]}, "a[0].b", id="deep"),
        pytest.param(
            {"o": [{"name": "p"}, {"name": "l", "data": ["dog"]}]},
            "o[?name=='l'] | [0].data[0]",
            id="by name",
        ),
        pytest.param(
            [{"label": "cat", "score": 0.1}, {"label": "dog", "score": 0.9}],
            "max_by(@, &score).label",
            id="the best of a list",
        ),
    ],
)
def test_read__finds_the_label(document: Any, expression: str) -> None:
    assert "dog" == label_of(read(document, label=expression))


def test_read__makes_pairs_of_objects() -> None:
    scores = [{"label": name, "score": 0.5} for name in CLASSES]
    found = read(scores, probabilities="[].[label, score]")
    assert (3,) == found["probabilities"].rung.shape


@pytest.mark.parametrize("told", [1, 1.0, "1"], ids=repr)
def test_read__names_a_class_told_by_index(told: Any) -> None:
    assert "dog" == label_of(read({"label": told}, label="label", label_as="index"))


def test_read__keeps_a_label_that_the_model_does_not_know() -> None:
    """It is what clients get; that it is wrong is for the comparison to say."""
    assert "ox" == label_of(read({"label": "ox"}, label="label"))


def test_read__of_a_label_alone_records_nothing_else() -> None:
    assert {"label": record_text("dog")} == read({"label": "dog"}, label="label")


@pytest.mark.parametrize("step", ["probabilities", "logits"])
def test_read__without_a_label_takes_the_largest(step: str) -> None:
    assert "dog" == label_of(read({"p": NUMBERS}, **told_at(step)))


def test_read__without_a_label_prefers_probabilities_to_logits() -> None:
    found = read({"p": NUMBERS, "l": [0, 0, 9]}, probabilities="p", logits="l")
    assert "dog" == label_of(found)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        pytest.param(
            [0.5, 0.5, 0, 0],
            "`p` gives 4 probabilities, the model has 3 classes",
            id="too many",
        ),
        pytest.param(
            [0.5, 0.5],
            "`p` gives 2 probabilities, the model has 3 classes; a server that tells only the best "
            "classes needs `probabilities: null`",
            id="too few",
        ),
        pytest.param(
            {"dog": 0.5, "cat": 0.5},
            "`p` gives 2 probabilities, the model has 3 classes; a server that tells only the best "
            "classes needs `probabilities: null`",
            id="the best as object",
        ),
        pytest.param(
            {"dog": 0.5, "ox": 0.5, "eel": 0},
            '`p` gives the class "ox", which the model does not know; it knows cat, dog, eel',
            id="unknown class",
        ),
        pytest.param(
            [["cat", 1], ["cat", 0], ["eel", 0]], '`p` gives the class "cat" twice', id="twice"
        ),
        pytest.param(
            [["cat", 1], 0.5], "`p` gives 0.5 among [class, number]", id="half a list of pairs"
        ),
        pytest.param(
            [["cat", 1], ["dog", 1], ["eel", "1"]],
            'probability 2 is no float32 number: "1"',
            id="text in a pair",
        ),
        pytest.param(
            [NUMBERS],
            "`p` gives the probabilities inside another list; `(p)[0]` gives the inner one",
            id="a batch of one",
        ),
        pytest.param(
            [[0.5, 0.5]],
            "`p` gives the probabilities inside another list; `(p)[0]` gives the inner one",
            id="a batch of one that looks like a pair",
        ),
        pytest.param(
            "0.5 0.5 0",
            'the prediction has no list of `probabilities` at `p`, but "0.5 0.5 0"',
            id="text",
        ),
        pytest.param([], "the prediction has no list of `probabilities` at `p`, but []", id="none"),
        pytest.param(
            [0.5, "0.5", 0], 'probability 1 is no float32 number: "0.5"', id="text as number"
        ),
        pytest.param([0, 0, True], "probability 2 is no float32 number: true", id="bool"),
        pytest.param([0, 0, None], "probability 2 is no float32 number: null", id="null"),
        pytest.param([0, 0, 1e39], "probability 2 is no float32 number: 1e+39", id="too large"),
        pytest.param(
            [0, 0, float("nan")], "probability 2 is no float32 number: NaN", id="computed NaN"
        ),
    ],
)
def test_read__refuses_numbers(numbers: Any, message: str) -> None:
    assert message == refusal({"p": numbers}, probabilities="p")


def test_read__speaks_of_logits_when_they_are_wrong() -> None:
    assert "logit 0 is no float32 number: null" == refusal({"p": [None] * 3}, logits="p")


@pytest.mark.parametrize(
    ("told", "message"),
    [
        pytest.param(
            3, "the answer tells class 3, the model's 3 classes are 0 to 2", id="too large"
        ),
        pytest.param(
            -1, "the answer tells class -1, the model's 3 classes are 0 to 2", id="negative"
        ),
        pytest.param("dog", 'the label at `x` is no index, but "dog"', id="a name"),
        pytest.param(1.5, "the label at `x` is no index, but 1.5", id="a fraction"),
        pytest.param(True, "the label at `x` is no index, but true", id="bool"),
        pytest.param("²", 'the label at `x` is no index, but "²"', id="no ASCII digit"),
    ],
)
def test_read__refuses_an_index(told: Any, message: str) -> None:
    assert message == refusal({"x": told}, label="x", label_as="index")


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param(
            {"a": 1},
            'the prediction has no `label` at `x[0].y`; the answer begins with {"a": 1}',
            id="nothing there",
        ),
        pytest.param(
            {"x": [{"y": 1}]},
            "the prediction has no `label` at `x[0].y` that is text, but 1; "
            "for a class's number set `label_as: index`",
            id="a number",
        ),
        pytest.param({"x": [{"y": "\ud800"}]}, "the label is no valid Unicode text", id="no text"),
    ],
)
def test_read__refuses_a_label(document: Any, message: str) -> None:
    assert message == refusal(document, label="x[0].y")


def test_read__says_when_an_expression_does_not_suit_the_answer() -> None:
    expected = (
        "`keys(@)[0]` cannot be applied to the answer (In function keys(), invalid type for value: "
        "[1], expected one of: ['object'], received: \"array\"), which begins with [1]"
    )
    assert expected == refusal([1], label="keys(@)[0]")


def test_read__quotes_a_long_answer_in_part() -> None:
    assert len(refusal({"a": "x" * 1_000_000}, label="b")) < 200


def test_read__quotes_a_deep_answer() -> None:
    deep: Any = []
    for _ in range(50_000):
        deep = [deep]
    assert "…" in refusal(deep, label="b")


def test_read__quotes_what_is_no_unicode() -> None:
    refusal({"a": "\ud800"}, label="b").encode("utf-8")


def test_read__without_classes_takes_any_number() -> None:
    assert (2,) == read({"p": [1, 0], "l": "x"}, classes=None, probabilities="p", label="l")[
        "probabilities"
    ].rung.shape
