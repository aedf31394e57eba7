"""What an engine, or its absence, means for the engine that is wanted."""

from __future__ import annotations

import pytest

from ml_ci.commands.doctor import judge_engine
from ml_ci.errors import UserError

GONE = UserError(what="no Docker here", where="the usual socket", fix="get it")


def gone() -> str:
    """A look that finds nothing."""
    raise GONE


@pytest.mark.parametrize(
    ("wanted", "state"), [("auto", "optional"), ("process", "optional"), ("docker", "missing")]
)
def test_judge_engine__absent(wanted: str, state: str) -> None:
    assert state == judge_engine(wanted, gone).state


@pytest.mark.parametrize("wanted", ["auto", "docker"])
def test_judge_engine__absent_says_how_to_get_it(wanted: str) -> None:
    assert judge_engine(wanted, gone).detail.endswith("; get it")


def test_judge_engine__auto_says_that_the_container_is_not_exercised() -> None:
    assert "container was not exercised" in judge_engine("auto", gone).detail


@pytest.mark.parametrize("wanted", ["auto", "docker", "process"])
def test_judge_engine__there(wanted: str) -> None:
    assert "ok" == judge_engine(wanted, lambda: "docker 28").state


def test_judge_engine__there_but_not_used() -> None:
    finding = judge_engine("process", lambda: "docker 28")
    assert "docker 28; not used, container.engine is process" == finding.detail
