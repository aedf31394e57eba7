"""Why no engine can be used, each case with the way out."""

from __future__ import annotations

import pytest

from ml_ci.commands.doctor import judge_engine
from ml_ci.commands.engine_look import explain
from ml_ci.errors import UserError

GONE = UserError(what="no Docker here", where="the usual socket", fix="get it")


def failure(cause: Exception) -> Exception:
    """An error as `docker` and `requests` wrap it: the cause is an argument of an argument."""
    return RuntimeError(
        "Error while fetching server API version", ConnectionError("aborted", cause)
    )


@pytest.mark.parametrize(
    ("cause", "installed", "platform", "what", "fix"),
    [
        (PermissionError(13, "x"), None, "linux", "no permission", "usermod -aG docker"),
        (FileNotFoundError(2, "x"), None, "linux", "no Docker here", "docker_engine.py up"),
        (FileNotFoundError(2, "x"), None, "darwin", "no Docker here", "install Docker Desktop"),
        (FileNotFoundError(2, "x"), "/d", "linux", "no Docker engine", "systemctl start"),
        (ConnectionRefusedError(1, "x"), "/d", "win32", "no Docker engine", "start Docker Desktop"),
        (TimeoutError("too late"), "/d", "linux", "does not answer: too late", "restart it"),
    ],
    ids=["denied", "absent", "absent-mac", "stopped", "stopped-windows", "silent"],
)
def test_explain__says_why_and_what_to_do(
    cause: Exception, installed: str | None, platform: str, what: str, fix: str
) -> None:
    error = explain(failure(cause), installed=installed, platform=platform)
    assert what in error.what
    assert fix in error.fix


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
