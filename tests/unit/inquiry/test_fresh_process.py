"""A fresh process: another one, that took nothing along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial

import psutil
import pytest

from ml_ci.inquiry.fresh_process import fresh_answers, in_fresh_process
from ml_ci.inquiry.way import Answer, NoAnswerError
from ml_ci.measurement import FIX
from tests.builders.inquiry import CLASS_NAMES, HandMadeWay, chosen


def test_fresh_process__is_another_one() -> None:
    assert os.getpid() != in_fresh_process(os.getpid)


def test_fresh_process__takes_nothing_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_ci.measurement.FIX", "changed here")

    assert FIX == in_fresh_process(partial(_attribute_of, "ml_ci.measurement", "FIX"))


def test_fresh_process__raises_what_was_raised_there() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        in_fresh_process(partial(int, "x"))


def sentences(answers: dict[str, Answer]) -> dict[str, str]:
    return {name: str(one) for name, one in answers.items() if isinstance(one, NoAnswerError)}


def test_fresh_answers__that_are_killed_are_no_answers() -> None:
    answers = fresh_answers(_killed, chosen(("a", "b")), CLASS_NAMES)

    reason = "the fresh process ended before it had answered"
    assert {"a": reason, "b": reason} == sentences(answers)


def test_fresh_answers__of_a_way_that_cannot_be_made_say_why() -> None:
    answers = fresh_answers(_refused, chosen(("a", "b")), CLASS_NAMES)

    assert {"a": "no model", "b": "no model"} == sentences(answers)


def test_fresh_process__ends_when_its_starter_is_killed() -> None:
    code = (
        "import os, time\n"
        "from functools import partial\n"
        "from ml_ci.inquiry.fresh_process import in_fresh_process\n"
        "if __name__ == '__main__':\n"
        "    in_fresh_process(partial(time.sleep, 60))\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    try:
        worker = _child_of(psutil.Process(starter.pid))
        starter.kill()
        starter.wait()
        assert ([], [worker]) == psutil.wait_procs([worker], timeout=10)[::-1]
    finally:
        with suppress(ProcessLookupError):
            os.killpg(starter.pid, signal.SIGKILL)


def _child_of(starter: psutil.Process) -> psutil.Process:
    """The worker, once it sleeps; multiprocessing starts a resource tracker beside it."""
    for _ in range(200):
        for child in starter.children():
            with suppress(psutil.Error):
                if "spawn_main" in " ".join(child.cmdline()) and child.num_threads() > 1:
                    return child
        time.sleep(0.05)
    raise AssertionError("there is no worker")


def _killed() -> HandMadeWay:
    os.kill(os.getpid(), signal.SIGKILL)
    return HandMadeWay()


def _refused() -> HandMadeWay:
    raise NoAnswerError("no model")


def _attribute_of(module: str, name: str) -> object:
    return getattr(__import__(module, fromlist=[name]), name)
