"""Packages of Debian and Ubuntu: which are missing, and their installation."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from ml_ci.errors import UserError

SBIN = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin{os.pathsep}/sbin"
"""Where programs are looked for: a plain user's PATH, and even root's, may lack the system's."""
KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)
ENGINE_PROGRAMS = {"dockerd": "docker.io", "iptables": "iptables"}
BASE_PROGRAMS = {"mmdebstrap": "mmdebstrap"}
KEYRING_PACKAGE = "debian-archive-keyring"
_LAST_LINES = 8


def find_program(name: str) -> str | None:
    """Its path."""
    return shutil.which(name, path=SBIN)


def missing_packages(
    programs: dict[str, str], *, find: Callable[[str], str | None] = find_program
) -> list[str]:
    """Packages of the programs that are not here, by whatever package they would have come."""
    return [package for program, package in programs.items() if find(program) is None]


def debian_keyring() -> Path | None:
    """What Debian's packages are checked against."""
    return next((file for file in KEYRINGS if file.is_file()), None)


def need_root_on_debian(
    purpose: str,
    *,
    command: str,
    user: int | None = None,
    find: Callable[[str], str | None] = find_program,
) -> None:
    """Raises UserError unless this is root on Debian or Ubuntu, or on what is made of them."""
    if find("apt-get") is None:
        raise UserError(
            what=f"{purpose} is for Debian and Ubuntu only, and there is no apt-get here",
            where="scripts/docker_engine.py",
            fix="start Docker as your system does: Docker Desktop, or `sudo systemctl start docker`"
            " (docs/docker.md)",
        )
    if (os.geteuid() if user is None else user) != 0:
        raise UserError(
            what=f"{purpose} needs root",
            where="scripts/docker_engine.py",
            fix=f"`sudo python3 scripts/docker_engine.py {command}`",
        )


def install(packages: list[str]) -> None:
    """Install ``packages`` and what they need, nothing recommended. Raises UserError."""
    if not packages:
        return
    print(f"installing {' '.join(packages)} with apt-get", flush=True)
    apt_options = ["-qq", "-o", "DPkg::Lock::Timeout=120"]
    _run(["apt-get", *apt_options, "update"])  # without a network the lists at hand may still do
    command = ["apt-get", *apt_options, "install", "--yes", "--no-install-recommends", *packages]
    code, output = _run(command)
    if code != 0:
        raise UserError(
            what=f"apt-get could not install {' '.join(packages)} (exit code {code})",
            where=" ".join(command),
            fix="its last words:\n" + "\n".join(output.splitlines()[-_LAST_LINES:]),
        )


def _run(command: list[str]) -> tuple[int, str]:
    """Exit code and output. In a session of its own, and waited for whatever happens here: a
    package manager that is interrupted leaves half-installed packages."""
    with tempfile.TemporaryFile() as log:  # a pipe would stay open in a service that starts now
        process = subprocess.Popen(
            command,
            env={**os.environ, "PATH": SBIN, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            code = process.wait()
        except BaseException:
            print("interrupted: apt-get finishes first", flush=True)
            process.wait()
            raise
        log.seek(0)
        return code, log.read().decode(errors="replace")
