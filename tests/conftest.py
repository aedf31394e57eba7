"""What holds for all tests: signals mean what they mean in a terminal."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    """Take back what a shell's background job or nohup has ignored, which children would inherit.

    `ml-ci` respects it (`ml_ci/interruption.py`), so no test could interrupt anything there.
    """
    for number, usual in (
        (signal.SIGINT, signal.default_int_handler),
        (signal.SIGTERM, signal.SIG_DFL),
        (signal.SIGHUP, signal.SIG_DFL),
    ):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, usual)
