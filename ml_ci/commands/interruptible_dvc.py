"""DVC, ended by SIGTERM as by Ctrl-C: in order, after the stage that is running.

DVC itself waits for its stage on Ctrl-C, but dies of SIGTERM at once: the stage goes on alone, and
DVC's locks stay. Run as a program, with the arguments of `dvc`.
"""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from ml_ci.interruption import when_parent_ends
from ml_ci.stages.turn import RUN_VARIABLE

EXIT_INTERRUPTED = 252  # DVC's own


def main() -> int:
    """Run DVC; returns its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        # `ml-ci repro` was killed: the stage and we go, too
        when_parent_ends(int(os.environ[RUN_VARIABLE]), _end_all)
        from dvc.cli import main as dvc  # type: ignore[import-untyped]

        sys.argv[0] = "dvc"  # what its messages call the process
        return int(dvc(sys.argv[1:]))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    # DVC ignores Ctrl-C while a stage runs: the stage was signalled too, and its end ends DVC
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        raise KeyboardInterrupt


def _end_all() -> None:
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
