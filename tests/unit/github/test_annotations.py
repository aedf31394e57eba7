"""Annotations: what the runner reads, and that nothing in a finding can be a command of its own."""

from __future__ import annotations

import pytest

from ml_ci.github.annotations import Annotation, Level, workflow_commands


def annotation(
    message: str = "it is wrong",
    *,
    level: Level = "error",
    title: str = "title",
    file: str | None = None,
    line: int | None = None,
) -> Annotation:
    return Annotation(level=level, title=title, message=message, file=file, line=line)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(
            annotation(file="params.yaml", line=7),
            "::error file=params.yaml,line=7,title=title::it is wrong",
            id="a line",
        ),
        pytest.param(
            annotation(file="dvc.lock", level="warning"),
            "::warning file=dvc.lock,title=title::it is wrong",
            id="a whole file",
        ),
        pytest.param(annotation(), "::error title=title::it is wrong", id="nowhere"),
        pytest.param(
            annotation("100 %\r\n::set-output name=a::b"),
            "::error title=title::100 %25%0D%0A::set-output name=a::b",
            id="a message in lines",
        ),
        pytest.param(
            annotation(title="a,b:c\n::x", file="x,line=1::y"),
            "::error file=x%2Cline=1%3A%3Ay,title=a%2Cb%3Ac%0A%3A%3Ax::it is wrong",
            id="hostile properties",
        ),
    ],
)
def test_workflow_commands__one(given: Annotation, expected: str) -> None:
    assert [expected] == workflow_commands([given])


def test_workflow_commands__each_is_one_line() -> None:
    hostile = annotation("a\rb\nc\u2028d", title="e\nf", file="g\nh")
    assert [1] == [len(line.split("\n")) for line in workflow_commands([hostile])]


def test_workflow_commands__ten_of_a_level_fit() -> None:
    assert 10 == len(workflow_commands([annotation()] * 10))


def test_workflow_commands__of_more_the_rest_is_counted() -> None:
    lines = workflow_commands([annotation()] * 12 + [annotation(level="warning")])
    last = "::error title=ml-ci::and 3 more; the log has them all"
    assert (11, last) == (len(lines), lines[9])


def test_workflow_commands__a_long_message_is_cut() -> None:
    assert workflow_commands([annotation("x" * 5000)])[0].endswith("x…")
