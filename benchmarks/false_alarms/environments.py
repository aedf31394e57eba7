"""Environments of other versions: made once, kept, and left out where there is no network."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from benchmarks.figures import NotMeasured

_SAID_CHARACTERS = 300


class Environments:
    """Pythons by what is installed into them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def python(self, packages: tuple[str, ...]) -> str:
        """The interpreter that has ``packages``. Raises NotMeasured where they cannot be had."""
        if not packages:
            return sys.executable
        name = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
        python = self._folder / name / "bin" / "python"
        whole = self._folder / name / "whole"
        if not whole.exists():
            self._uv(
                "venv", "--quiet", "--clear", "--python", sys.executable, str(self._folder / name)
            )
            self._uv("pip", "install", "--quiet", "--python", str(python), *packages)
            whole.touch()
        return str(python)

    def _uv(self, *arguments: str) -> None:
        command = [str(Path(sys.executable).parent / "uv"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = " ".join(done.stderr.split())[-_SAID_CHARACTERS:]
            raise NotMeasured(f"`uv {' '.join(arguments)}` failed: {said}")
