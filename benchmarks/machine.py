"""The machine the figures are true for, without its name, and how busy it is."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime

from ml_ci.environment import this_environment

BUSY = 1.5
"""Load average from which somebody else's work is waited for."""
WAIT_SECONDS = 60
_LOOK_SECONDS = 5


def describe(commit: str, load: str) -> str:
    """One line: processor, cores, memory, Python, day, commit, load."""
    environment = this_environment(threads=None)
    cores, gib = os.cpu_count(), _memory_bytes() / 2**30
    return (
        f"{environment.processor or platform.machine()}, {cores} cores, {gib:.0f} GiB, "
        f"{environment.system}, Python {environment.python}; "
        f"{datetime.now(UTC).date().isoformat()}, commit {commit}; {load}"
    )


def this_commit() -> str:
    """What is measured: changes that are not committed are not in a clone."""
    command = ["git", "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def wait_for_quiet(
    load: Callable[[], float] = lambda: os.getloadavg()[0],
    sleep: Callable[[float], None] = time.sleep,
) -> str:
    """Wait while others are busy, WAIT_SECONDS at most; says what it came to."""
    first, waited = load(), 0
    while load() > BUSY and waited < WAIT_SECONDS:
        sleep(_LOOK_SECONDS)
        waited += _LOOK_SECONDS
    if waited == 0:
        return f"load average {first:.1f} at the start"
    now = load()
    outcome = "begun all the same" if now > BUSY else "then quiet"
    return f"load average {first:.1f}, waited {waited} s, {now:.1f}: {outcome}"


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
