"""The base, made ready before a run: measured where its committed numbers cannot be used."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from ml_ci.base.checkout import remove_left_over
from ml_ci.base.choosing import SHOWN
from ml_ci.base.keeping import KeptBase
from ml_ci.base.measuring import Ended, measure_base
from ml_ci.base.reading import BaseLook, look_at_base
from ml_ci.base.results import Base
from ml_ci.base.storage import fetch_listings
from ml_ci.commands.dvc import run_dvc_beside
from ml_ci.params.base import BaseSettings
from ml_ci.params.reading import read_section
from ml_ci.repository import Repository

_STAGE = re.compile(r"Running stage '([\w-]+)'")  # how DVC says it


Beside = Callable[[Path, Sequence[str], float, Callable[[str], None]], Ended]
"""Runs DVC in another checkout, as ``run_dvc_beside`` does."""


def prepare_base(console: Console, run_beside: Beside = run_dvc_beside) -> None:
    """Measure the base unless its numbers are known, may not be measured or were tried in vain.

    What was in vain because a stage failed is tried again; what was too slow only with more time.
    """
    repository = Repository()
    remove_left_over(repository)
    minutes = read_section(BaseSettings).minutes
    look = _look(repository)
    base = look.base
    if base is None or base.source != "missing" or minutes == 0:
        return
    tried = KeptBase.of(base.commit).record()
    if tried is not None and tried.outcome == "too slow" and tried.minutes >= minutes:
        return
    _say(console, f"measuring the base {_name(base)}, at most {minutes:g} minutes:")
    _say(console, f"  {look.why_measure}")
    clock = time.perf_counter()

    def run(folder: Path, arguments: Sequence[str], seconds: float) -> Ended:
        return run_beside(folder, arguments, seconds, lambda line: _tell(console, line))

    record = measure_base(repository, base.commit, minutes, run)
    seconds = time.perf_counter() - clock
    if record.outcome == "measured":
        _say(console, f"the base is measured ({seconds:.0f} s); its numbers are kept")
    else:
        _say(console, f"measuring the base was in vain ({seconds:.0f} s): {record.reason}")


def _look(repository: Repository) -> BaseLook:
    look = look_at_base(repository, os.environ)
    if look.why_measure and look.listings:
        fetch_listings(repository.folder, look.listings)
        look = look_at_base(repository, os.environ)
    return look


def _name(base: Base) -> str:
    return f"{base.commit[:SHOWN]} ({base.branch})"


def _tell(console: Console, line: str) -> None:
    found = _STAGE.search(line)
    if found is not None:
        _say(console, f"  {found[1]} of the base")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False)
