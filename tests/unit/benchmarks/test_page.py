"""The page: one section is replaced, the rest stays; tables hold every figure."""

from __future__ import annotations

import pytest

from benchmarks.figures import Figure, Result
from benchmarks.page import PAGE, markdown, not_measured, replaced

PAGE_TEXT = """\
# Title
<!-- a: begin -->
old
<!-- a: end -->
between
<!-- b: begin -->
<!-- b: end -->
"""


def test_replaced__leaves_everything_outside_the_markers() -> None:
    expected = PAGE_TEXT.replace("\nold\n", "\n\nnew\n\n")

    assert replaced(PAGE_TEXT, "a", "new") == expected


def test_replaced__twice_is_as_once() -> None:
    once = replaced(PAGE_TEXT, "b", "new")

    assert replaced(once, "b", "new") == once


@pytest.mark.parametrize(
    "page",
    [
        pytest.param("", id="none"),
        pytest.param("<!-- a: begin -->\n", id="no end"),
        pytest.param("<!-- a: end -->\n<!-- a: begin -->\n", id="in another order"),
        pytest.param(2 * PAGE_TEXT, id="two pairs"),
    ],
)
def test_replaced__refuses_a_page_without_one_pair_of_markers(page: str) -> None:
    with pytest.raises(ValueError, match=f"{PAGE} needs one pair"):
        replaced(page, "a", "new")


def test_markdown__shows_figures_notes_and_machine() -> None:
    figure = Figure(name="a | b", values=(3.0, 1.0, 2.0), unit="×", at_most=1.5)
    result = Result(name="r", figures=(figure,), notes=("so it was",))

    assert markdown(result, "two cores").splitlines() == [
        "|  | median | lowest | highest | times | goal |",
        "| --- | --- | --- | --- | --- | --- |",
        r"| a \| b | 2.00 | 1.00 | 3.00 | 3 | ≤ 1.50: missed by 0.50 |",
        "",
        "- so it was",
        "- two cores",
    ]


def test_not_measured__says_why() -> None:
    assert not_measured("no engine", "two cores").startswith("**Not measured: no engine.**")
