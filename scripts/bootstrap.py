"""Make the project's virtual environment, or reuse the one that is already there.

Runs on a bare Python (standard library only), because it is what installs everything else:
``python3 scripts/bootstrap.py [FOLDER]``; ``make`` calls it before every command. The packages are
those of ``requirements/dev.txt``, each checked against its hash. Torch comes apart: its CPU and
CUDA builds share one version number, so the machine decides which index it is taken from.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "dev.txt"
OLDEST_PYTHON = (3, 11)
UV = "uv==0.13.8"  # installs the lock several times faster than pip; pip is the fallback
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        return restart_with_newer_python()
    venv = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".venv").resolve()
    stamp = venv / "ml-ci-environment.json"
    wanted = fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted:
        return 0
    try:
        install(venv)
    except subprocess.CalledProcessError as failure:
        command = " ".join(str(word) for word in failure.cmd)
        print(
            f"bootstrap: the environment in {venv} is not complete: `{command}` "
            f"exited with {failure.returncode} (its message stands above).\n"
            "Check that a package index can be reached, then run the same command again; "
            "what is installed already is kept.",
            file=sys.stderr,
        )
        return 2
    stamp.write_text(wanted)
    return 0


def fingerprint() -> str:
    """What the environment was made from; a change of any of it means installing again."""
    return json.dumps(
        {
            "python": sys.version,
            "lock": hashlib.sha256(LOCK.read_bytes()).hexdigest(),
            "project": hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest(),
            "bootstrap": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        },
        indent=1,
    )


def install(venv: Path) -> None:
    python = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not python.is_file():
        say(f"making a virtual environment in {venv} (Python {sys.version.split()[0]})")
        run(sys.executable, "-m", "venv", venv)
    pip: list[Path | str] = [python, "-m", "pip", "--disable-pip-version-check"]
    say("installing the locked packages; the first time this takes about a minute")
    install_lock(python, pip)
    install_torch(python, pip)
    run(*pip, "install", "--quiet", "--no-deps", "--editable", ROOT)


def install_lock(python: Path, pip: list[Path | str]) -> None:
    """By uv, with the system's certificates as pip uses them; by pip where uv does not manage."""
    locked: list[Path | str] = ["--require-hashes", "--requirement", LOCK]
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    # Python compiles what it imports and keeps it. Where it must not, as in many containers, every
    # start would compile again. pip compiles while it installs, uv only when it is asked to.
    compiled = ["--compile-bytecode"] if os.environ.get("PYTHONDONTWRITEBYTECODE") else []
    if succeeds(*pip, "install", "--quiet", UV):
        uv = [python, "-m", "uv", "--system-certs", "pip", "install", "--python", python]
        command = [*uv, *quiet, *compiled, *locked]
        if subprocess.run([str(word) for word in command]).returncode == 0:
            return
    say(f"{UV} cannot be had or failed: pip does it instead, more slowly")
    run(*pip, "install", *quiet, *locked)


def install_torch(python: Path, pip: list[Path | str]) -> None:
    """The CPU build where there is no GPU: a CUDA build brings 2.7 GB that nothing would use."""
    torch = wanted_torch()
    if succeeds(python, "-c", f"import torch; assert torch.__version__.split('+')[0] == {torch!r}"):
        return
    say(f"installing torch {torch}")
    if sys.platform == "linux" and shutil.which("nvidia-smi") is None:
        once = ["--no-deps", "--retries", "0", "--timeout", "20", "--index-url", TORCH_CPU_INDEX]
        if succeeds(*pip, "install", "--quiet", *once, f"torch=={torch}"):
            return
        say(
            f"{TORCH_CPU_INDEX} has no torch {torch} for this machine or cannot be reached: "
            "taking the default index (on Linux that build may bring CUDA, about 2.7 GB)"
        )
    run(*pip, "install", "--quiet", f"torch=={torch}")


def wanted_torch() -> str:
    """The version pinned in pyproject.toml (tomllib would fail on a Python too old to say so)."""
    match = re.search(r'"torch==([^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    if match is None:
        raise SystemExit("bootstrap: pyproject.toml pins no torch; restore the line torch==VERSION")
    return match.group(1)


def restart_with_newer_python() -> int:
    for minor in (13, 12, 11, 14):
        newer = shutil.which(f"python3.{minor}")
        if newer and succeeds(newer, "-c", "import venv, ensurepip"):
            return subprocess.run([newer, __file__, *sys.argv[1:]]).returncode
    print(
        f"bootstrap: Python {sys.version.split()[0]} at {sys.executable} is too old; ml-ci needs "
        "3.11 or newer.\nInstall one (https://www.python.org/downloads/) and run "
        "`make PYTHON=/path/to/python3.11`.",
        file=sys.stderr,
    )
    return 2


def succeeds(*command: Path | str) -> bool:
    return subprocess.run([str(word) for word in command], capture_output=True).returncode == 0


def run(*command: Path | str) -> None:
    subprocess.run([str(word) for word in command], check=True)


def say(line: str) -> None:
    print(f"bootstrap: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
