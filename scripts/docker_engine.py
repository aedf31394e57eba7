#!/usr/bin/env python3
"""A Docker engine and a base image for a Debian or Ubuntu machine that has neither.

``python3 scripts/docker_engine.py up | down | status | run -- COMMAND…``; docs/docker.md says who
needs it. Runs on a bare Python (standard library only), because it comes before everything else.
"""

from __future__ import annotations

import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        print(
            f"docker_engine: Python {sys.version.split()[0]} at {sys.executable} is too old; "
            "run this with Python 3.11 or newer.",
            file=sys.stderr,
        )
        return 2
    if sys.platform == "win32":
        print("docker_engine: this is for Debian and Ubuntu; start Docker Desktop", file=sys.stderr)
        return 2
    # Started as a script, Python looks for modules in scripts/ only
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    from scripts.engine.commands import run_command  # needs the Python checked above

    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
