"""What holds for all tests: signals as in a terminal, several processes, the small project."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.builders.project import STAGES, Project, make_project
from tests.builders.workers import (
    Scheduler,
    in_order,
    made_once,
    number_of_workers,
    share_cores,
)


def pytest_configure() -> None:
    """Take back what a shell's background job or nohup has ignored, which children would inherit.

    `ml-ci` respects it (`ml_ci/interruption.py`), so no test could interrupt anything there.
    """
    share_cores()
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_DFL),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Longest first, in several processes; one process begins with the quick ones, as ever."""
    if hasattr(config, "workerinput"):
        items[:] = [items[index] for index in in_order([_file_of(item) for item in items])]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Of `pytest -n auto`, which `make test` says."""
    return number_of_workers()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduler:
    """Whatever `--dist` says: ours knows what shares what."""
    config.option.loadscopereorder = False  # it would sort by the number of tests
    return Scheduler(config, log)


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The small project in which nothing has run yet."""
    folder = made_once(tmp_path_factory, "started", _start)
    return Project(folder=folder / "repository")


@pytest.fixture(scope="session")
def finished(started: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """After the first run, pushed and committed; the report is about the commit."""

    def finish(folder: Path) -> None:
        project = started.copy(folder / "repository")
        first = project.must("dvc", "repro")
        assert set(first.stages) == set(STAGES)
        project.must("dvc", "push", "--quiet")
        project.commit("first run")
        again = project.must("dvc", "repro", "--force", "--single-item", "report")
        assert again.stages == ["report"]

    made = Project(folder=made_once(tmp_path_factory, "finished", finish) / "repository")
    # A copy per process: even looking, DVC writes into a repository
    return made.copy(tmp_path_factory.mktemp("finished") / "repository")


def _start(folder: Path) -> None:
    make_project(folder / "repository")


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]
