"""What golden images of earlier are called today."""

from __future__ import annotations

import pytest

from ml_ci.golden.naming import golden_images, names_today, under_todays_names
from tests.builders.golden import answers, golden_entries, golden_set


def test_golden_images__are_those_of_the_manifest_without_its_table() -> None:
    assert ["a.png", "b.png"] == list(golden_images(golden_entries(b="two dog", a="one cat")))


@pytest.mark.parametrize(
    ("before", "today", "names"),
    [
        pytest.param({"a": "A cat"}, {"a": "A cat"}, {"a": "a"}, id="the-same"),
        pytest.param({"a": "A cat"}, {"b": "A cat"}, {"a": "b"}, id="renamed"),
        pytest.param({"a": "A cat"}, {"b": "A dog"}, {}, id="relabelled"),
        pytest.param({"a": "A cat"}, {"a": "B cat"}, {}, id="replaced"),
        pytest.param({"a": "A cat"}, {}, {}, id="gone"),
        pytest.param(
            {"a": "A cat", "b": "B cat"},
            {"a": "B cat", "b": "A cat"},
            {"a": "b", "b": "a"},
            id="swapped",
        ),
        pytest.param(
            {"a": "A cat", "b": "B cat"},
            {"b": "A cat", "c": "B cat"},
            {"a": "b", "b": "c"},
            id="moved-up",
        ),
        pytest.param({"a": "A cat", "b": "A cat"}, {"c": "A cat"}, {"a": "c"}, id="one-of-two"),
        pytest.param(
            {"a": "A cat", "b": "A cat"},
            {"b": "A cat", "c": "A cat"},
            {"a": "c", "b": "b"},
            id="one-of-two-renamed",
        ),
        pytest.param({"b": "A cat"}, {"a": "A cat", "b": "A cat"}, {"b": "b"}, id="doubled"),
    ],
)
def test_names_today__follow_content_and_label_one_to_one(
    before: dict[str, str], today: dict[str, str], names: dict[str, str]
) -> None:
    assert names == names_today(golden_set(**before), golden_set(**today))


@pytest.mark.parametrize(
    ("before", "today", "named"),
    [
        pytest.param({"a": "A cat"}, {"b": "A dog"}, {"b": 0.9}, id="renamed-and-relabelled"),
        pytest.param({"a": "A cat"}, {"a": "A dog"}, {"a": 0.9}, id="relabelled"),
        pytest.param({"a": "A cat"}, {"a": "B cat"}, {"a": 0.9}, id="replaced"),
        pytest.param({"a": "A cat"}, {"b": "B cat"}, {"a": 0.9}, id="gone"),
        pytest.param({}, {"a": "A cat"}, {"a": 0.9}, id="no-manifest"),
        pytest.param({"b": "A cat"}, {"a": "A cat"}, {"a": 0.9}, id="a-name-the-manifest-lacks"),
        pytest.param(
            {"a": "A cat", "b": "B cat"},
            {"a": "new cat", "c": "A cat"},
            {"c": 0.9},
            id="another-under-the-old-name",
        ),
    ],
)
def test_under_todays_names__an_answer_goes_with_its_content_or_stays_with_its_name(
    before: dict[str, str], today: dict[str, str], named: dict[str, float]
) -> None:
    moved = under_todays_names(answers(a=0.9), golden_set(**before), golden_set(**today))

    assert answers(**named) == moved


def test_under_todays_names__an_image_that_took_the_name_takes_no_answer() -> None:
    given, before = answers(a=0.9, b=0.2), golden_set(a="A cat", b="B cat")

    assert answers(b=0.9) == under_todays_names(given, before, golden_set(b="A cat"))
