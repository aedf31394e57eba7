"""Settings: which values are others."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.changes.settings import param_changes, settings_state

Row = tuple[str, str | None, str | None]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"a": {"b": 1}}, {"a": {"b": 1}}, [], id="same"),
        pytest.param({"a": {"b": 1}}, {"a": {"b": 2}}, [("a.b", "1", "2")], id="changed"),
        pytest.param({"a": 1}, {"a": 1, "b": True}, [("b", None, "true")], id="new"),
        pytest.param({"a": 1, "b": None}, {"a": 1}, [("b", "null", None)], id="gone"),
        pytest.param({"a": [1, "x"]}, {"a": [1]}, [("a", "[1, x]", "[1]")], id="list"),
        pytest.param({"a": {"b": 1}}, {"a": {}}, [("a", None, "{}"), ("a.b", "1", None)], id="{}"),
        pytest.param({"a": "x" * 99}, {"a": 1}, [("a", "x" * 79 + "…", "1")], id="long"),
    ],
)
def test_param_changes__by_dotted_key(
    before: dict[str, Any], after: dict[str, Any], expected: list[Row]
) -> None:
    found = [(one.key, one.before, one.after) for one in param_changes(before, after)]

    assert expected == found


def test_param_changes__see_what_is_cut_when_shown() -> None:
    assert 1 == len(param_changes({"a": "x" * 99 + "1"}, {"a": "x" * 99 + "2"}))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param({"b": 2, "a": {"c": 1}}, True, id="order"),
        pytest.param({"a": {"c": 1}, "b": 3}, False, id="value"),
    ],
)
def test_state__is_that_of_the_values(other: dict[str, Any], same: bool) -> None:
    assert same == (settings_state({"a": {"c": 1}, "b": 2}) == settings_state(other))
