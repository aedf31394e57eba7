"""The server's virtual environment: made from its locked requirements, reused, never half there."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
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
            shutil.rmtree(folder, ignore_errors=True)
            _run(_make_command(folder))
            _run(_install_command(python, self.lock))
            (folder / _COMPLETE).touch()
            _say("the server's environment is ready")
        return python


def _make_command(folder: Path) -> list[str]:
    if _has_uv():
        return [
            sys.executable,
            "-m",
            "uv",
            "venv",
            "--quiet",
            "--python",
            sys.executable,
            f"{folder}",
        ]
    return [sys.executable, "-m", "venv", str(folder)]


def _install_command(python: Path, lock: Path) -> list[str]:
    if _has_uv():
        installer = [sys.executable, "-m", "uv", "pip", "install", "--python", str(python)]
    else:
        installer = [str(python), "-m", "pip", "--disable-pip-version-check", "install"]
    return [*installer, "--quiet", "--require-hashes", "--requirement", str(lock)]


def _has_uv() -> bool:
    """uv installs the lock in a few seconds, from its own cache in less; pip takes longer."""
    return find_spec("uv") is not None


def _run(command: list[str]) -> None:
    # Both installers report errors on stderr; stdout belongs to whoever called us.
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
        raise UserError(
            what="the packages of the server cannot be installed (the message stands above)",
            where=" ".join(command),
            fix="check that a package index can be reached, then run the same command again",
        )


def _say(line: str) -> None:
    print(f"serving environment: {line}", file=sys.stderr, flush=True)
