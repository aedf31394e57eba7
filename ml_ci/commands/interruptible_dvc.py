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
HINT = "Use `dvc push` to send your updates to remote storage."  # DVC 3.67's words


def main() -> int:
    """Run DVC; returns its exit code."""
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        # `ml-ci repro` was killed: the stage and we go, too
        when_parent_ends(int(os.environ[RUN_VARIABLE]), _end_all)
        from dvc.cli import main as dvc  # type: ignore[import-untyped]

        _leave_out_hint()
        sys.argv[0] = "dvc"  # what its messages call the process
        return int(dvc(sys.argv[1:]))
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _leave_out_hint() -> None:
    """After every `repro` that ran anything DVC says to push, also when there is nothing to: in a
    fresh clone only measurements are made, which are never pushed. `ml-ci repro` says what is."""
    from dvc.ui import ui  # type: ignore[import-untyped]

    write = ui.write

    def write_others(*objects: object, **options: object) -> None:
        if objects != (HINT,):
            write(*objects, **options)

    ui.write = write_others


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
