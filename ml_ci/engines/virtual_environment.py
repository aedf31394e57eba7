"""The server's virtual environment: made from its locked requirements, reused, never half there."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from filelock import FileLock

from ml_ci.errors import UserError

_COMPLETE = "complete"  # written last: a folder without it was interrupted
_KEY_CHARACTERS = 16


@dataclass(frozen=True, kw_only=True)
class ServingEnvironment:
    """One environment per lock file and Python, below ``home``."""

    home: Path
    lock: Path
    """Requirements with hashes."""

    @property
    def folder(self) -> Path:
        """Where it lies; another lock or another Python gives another folder."""
        parts = (self.lock.read_bytes(), sys.version.encode(), sys.platform.encode())
        return self.home / hashlib.sha256(b"\0".join(parts)).hexdigest()[:_KEY_CHARACTERS]

    def make(self) -> Path:
        """Make it, or find it made. Returns its Python.

        Raises UserError when the packages cannot be installed.
        """
        folder = self.folder.absolute()
        python = folder / "bin" / "python"
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if (folder / _COMPLETE).is_file() and python.exists():
                return python
            _say(f"making the server's environment in {folder} from {self.lock}")
            self._install(folder)
            (folder / _COMPLETE).touch()
            _say("the server's environment is ready")
        return python

    def _install(self, folder: Path) -> None:
        python = folder / "bin" / "python"
        shutil.rmtree(folder, ignore_errors=True)
        if find_spec("uv") is not None:
            if _succeed(_uv_commands(folder, python, self.lock)):
                return
            _say("uv failed (its message stands above); pip does it instead, more slowly")
            shutil.rmtree(folder, ignore_errors=True)
        if not _succeed(_pip_commands(folder, python, self.lock)):
            raise UserError(
                what="the packages of the server cannot be installed (the message stands above)",
                where=str(self.lock),
                fix="check that a package index can be reached, then run the same command again",
            )


def _uv_commands(folder: Path, python: Path, lock: Path) -> tuple[list[str], list[str]]:
    """A few seconds, from uv's own cache less."""
    # Certificates of the system, as pip uses them: uv's own do not know a company's proxy
    uv = [sys.executable, "-m", "uv", "--quiet", "--system-certs"]
    # The server must not write what Python compiles, and would compile again at every start
    return (
        [*uv, "venv", "--python", sys.executable, str(folder)],
        [*uv, "pip", "install", "--compile-bytecode", "--python", str(python), *_locked(lock)],
    )


def _pip_commands(folder: Path, python: Path, lock: Path) -> tuple[list[str], list[str]]:
    pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    return [sys.executable, "-m", "venv", str(folder)], [*pip, "install", *_locked(lock)]


def _locked(lock: Path) -> list[str]:
    return ["--require-hashes", "--requirement", str(lock)]


def _succeed(commands: Iterable[list[str]]) -> bool:
    """Run one after the other until one fails."""
    # Both installers report errors on stderr; stdout belongs to whoever called us.
    return all(
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode == 0
        for command in commands
    )


def _say(line: str) -> None:
    print(f"serving environment: {line}", file=sys.stderr, flush=True)
