"""The rehearsal's own reading of GitHub's expressions."""

from __future__ import annotations

import pytest

from tests.builders.rehearsal.expressions import Context, condition, evaluate, filled

CONTEXT = Context(
    values={
        "github": {"event": {"pull_request": {"head": {"sha": "abc"}}}, "sha": "merge"},
        "steps": {"plan": {"outputs": {"measure": "true", "cache-hit": "false"}}},
        "vars": {},
    },
    functions={
        "success": lambda: False,
        "cancelled": lambda: False,
        "always": lambda: True,
        "hashFiles": lambda *patterns: "+".join(map(str, patterns)),
    },
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("github.event.pull_request.head.sha || github.sha", "abc"),
        ("github.event.after || github.sha", "merge"),
        ("github.event.after", None),
        ("vars.ML_CI_PUBLISH == 'true'", False),
        ("vars.ML_CI_DATA_ROLE == ''", True),
        ("vars.ML_CI_DATA_ROLE != ''", False),
        ("steps.plan.outputs.measure == 'TRUE'", True),
        ("steps.plan.outputs.cache-hit != 'true'", True),
        ("!cancelled() && 'a' == 'b'", False),
        ("'a' == 'a' && ('b' == 'c' || true)", True),
        ("hashFiles('a', 'it''s')", "a+it's"),
        ("'x' && 'y' || 'z'", "y"),
    ],
)
def test_evaluate(text: str, expected: object) -> None:
    assert expected == evaluate(text, CONTEXT)


def test_filled() -> None:
    assert "dvc-a and true" == filled("dvc-${{ hashFiles('a') }} and ${{ true }}", CONTEXT)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("github.sha == 'merge'", False, id="after a failure"),
        pytest.param("${{ !cancelled() && github.sha == 'merge' }}", True, id="asks for a status"),
        pytest.param("always()", True, id="always"),
    ],
)
def test_condition(text: str, expected: bool) -> None:
    assert expected is condition(text, CONTEXT)


@pytest.mark.parametrize("text", ["a.b", "github.sha github.sha", "unknown()", "github.sha + 1"])
def test_evaluate__what_is_not_understood_is_an_error(text: str) -> None:
    with pytest.raises((KeyError, ValueError)):
        evaluate(text, CONTEXT)
