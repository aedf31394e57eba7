"""DVC of this environment, whatever the PATH says."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def run_dvc(*arguments: str) -> int:
    """Run a command of DVC with its output shown; returns its exit code."""
    bin_folder = Path(sys.executable).parent
    # Stages say `python`: it has to be this one too
    path = f"{bin_folder}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [str(bin_folder / "dvc"), *arguments]
    return subprocess.run(command, env={**os.environ, "PATH": path}, check=False).returncode


def dvc_is_current() -> bool:
    """Whether every stage's inputs and outputs are as dvc.lock has them."""
    return run_dvc("status", "--quiet") == 0
