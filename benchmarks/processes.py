"""The processes that are measured: timed, quiet, and ended with us."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

_END_SECONDS = 30.0  # `ml-ci repro` stops its server and DVC first
_SAID_CHARACTERS = 2000


@dataclass(frozen=True, kw_only=True)
class Processes:
    """Starts commands of this environment, all with the same variables."""

    compiled: Path
    """Where Python keeps what it compiles. A machine that forbids Python to write it would
    compile every package at every start; one that does not has it beside the packages."""

    def seconds(
        self,
        *command: str,
        folder: Path,
        more: Mapping[str, str] | None = None,
        codes: Collection[int] = (0,),
    ) -> float:
        """How long it takes. Raises RuntimeError when it ends with another exit code."""
        clock = time.perf_counter()
        self.output(*command, folder=folder, more=more, codes=codes)
        return time.perf_counter() - clock

    def output(
        self,
        *command: str,
        folder: Path,
        more: Mapping[str, str] | None = None,
        codes: Collection[int] = (0,),
    ) -> str:
        """What it prints. Raises RuntimeError when it ends with another exit code."""
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**self._variables(), **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            printed, _ = process.communicate()
        except BaseException:
            _end(process)
            raise
        if process.returncode not in codes:
            said = printed[-_SAID_CHARACTERS:]
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
        return printed

    def _variables(self) -> dict[str, str]:
        dropped = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
        inherited = {name: text for name, text in os.environ.items() if name not in dropped}
        bin_folder = Path(sys.executable).parent
        return {
            **inherited,
            "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPYCACHEPREFIX": str(self.compiled),
        }


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
