"""The wheels of the server's image: downloaded on this machine for the image's Python."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from ml_ci.artifacts.files import new_folder, sha256_of_file
from ml_ci.engines.docker_connection import EngineUnavailableError

# The lock is made for it (`make lock`); the Dockerfile's base has to hold it.
PYTHON = "3.11"
# Newest glibc first; older tags run on it as well. Debian bookworm has glibc 2.36.
PLATFORMS = ("manylinux_2_36", "manylinux_2_28", "manylinux_2_27", "manylinux_2_17")
ARCHITECTURES = {"amd64": "x86_64", "arm64": "aarch64"}
"""As engines name them → as wheels do."""
_KEY_CHARACTERS = 16


@dataclass(frozen=True, kw_only=True)
class Wheels:
    """One folder of wheels per lock and architecture, below ``home``, kept between runs."""

    home: Path
    lock: Path
    """Requirements with hashes, made for PYTHON on Linux: no marker is left to be evaluated on
    this machine, whose Python and system are others."""
    architecture: str
    """As the engine names it, like ``amd64``."""

    @property
    def folder(self) -> Path:
        """Where they lie; another lock or architecture gives another folder."""
        return self.home / f"{sha256_of_file(self.lock)[:_KEY_CHARACTERS]}-{self.architecture}"

    def get(self) -> Path:
        """Download them, or find them downloaded. Raises EngineUnavailableError."""
        self.home.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.folder}.lock"):
            if not self.folder.is_dir():
                print(f"image: downloading the wheels of {self.lock}", file=sys.stderr, flush=True)
                with new_folder(self.folder) as scratch:
                    self._download(scratch)
        return self.folder

    def _download(self, folder: Path) -> None:
        machine = ARCHITECTURES.get(self.architecture, self.architecture)
        platforms = [f"--platform={platform}_{machine}" for platform in PLATFORMS]
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
        command += ["--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
        command += ["--implementation=cp", f"--python-version={PYTHON}", *platforms]
        command += ["--dest", str(folder), "--requirement", str(self.lock)]
        # pip reports on stderr; stdout belongs to whoever called us
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode != 0:
            raise EngineUnavailableError(
                what="the wheels of the server's image cannot be downloaded (pip's message above)",
                where=str(self.lock),
                fix="check that a package index can be reached, then run the same command again",
            )
