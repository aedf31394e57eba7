"""The base image: the one params.yaml names, or a stand-in made from Debian packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Generator
from contextlib import closing, suppress
from pathlib import Path

from ml_ci.errors import UserError
from scripts.engine.api import EngineApi
from scripts.engine.packages import (
    BASE_PROGRAMS,
    KEYRING_PACKAGE,
    SBIN,
    debian_keyring,
    install,
    missing_packages,
    need_root_on_debian,
)
from scripts.engine.place import ROOT, Place, make_state

STAND_IN = "ml-ci-base:bookworm"
RELEASE = "bookworm"  # its Python is 3.11, the one that requirements/image.txt is locked for
PACKAGES = ("python3", "python3-venv", "ca-certificates")
# 225 MB without, 129 MB with what follows: documentation and translations (47 MB), and usrmerge,
# which would bring all of Perl (49 MB) to do what a file system made by the hook needs no more.
LEFT_OUT = ("doc", "man", "info", "locale")
MERGED_USR = Path("/usr/share/mmdebstrap/hooks/merged-usr")
CHANGES = (
    'CMD ["python3"]',
    "ENV LANG=C.UTF-8",
    'LABEL ml-ci.base="Debian bookworm, Python 3 with venv; made by scripts/docker_engine.py"',
)
DEBIAN = "http://deb.debian.org/debian"
SECURITY = "http://security.debian.org/debian-security"
_CHUNK = 1 << 20
_LAST_LINES = 8


def wanted_base(params: Path = ROOT / "params.yaml") -> str | None:
    """``container.server.base`` of params.yaml, read without a YAML library: no other key is
    called so (a test compares it with the real reading). None when the server is not ours."""
    found = re.search(
        r"""^[^#\n]*\bbase:\s*["']?([^\s"',}#]+)""", params.read_text(encoding="utf-8"), re.M
    )
    return found.group(1) if found else None


def find_base(api: EngineApi, wanted: str | None) -> str | None:
    """Which of the two the engine has got."""
    for name in (wanted, STAND_IN):
        size = api.image_bytes(name) if name else None
        if size is not None:
            return f"{name} is in the engine ({size / 1e6:.0f} MB)"
    return None


def ensure_base(place: Place, api: EngineApi, wanted: str | None, *, mirror: str | None) -> str:
    """See to it that a base is there, and say which. Raises UserError when none can be had."""
    present = find_base(api, wanted)
    if present is None and wanted is not None:
        print(f"pulling {wanted}", flush=True)
        problem = api.pull(wanted)
        present = find_base(api, wanted)
        if present is None:
            print(f"it cannot be pulled: {problem}", flush=True)
    if present is None:
        _make_stand_in(place, api, mirror)
        present = find_base(api, STAND_IN)
    if present is None:  # removed in this very moment
        raise UserError(what=f"{STAND_IN} is gone again", where=str(place.socket), fix="try again")
    return present


def debian_sources(targets: str, *, mirror: str | None, keyring: Path | None) -> list[str]:
    """Lines as in sources.list. ``targets``: ``uri|release`` per source of this machine's apt;
    where they hold bookworm, the same mirrors are used."""
    ours = {RELEASE, f"{RELEASE}-updates", f"{RELEASE}-security"}
    known = [line.split("|") for line in targets.splitlines()]
    places = [(uri, release) for uri, release in known if release in ours]
    if mirror is not None:
        places = [(mirror, RELEASE)]
    elif not places:
        places = [(DEBIAN, RELEASE), (DEBIAN, f"{RELEASE}-updates")]
        places += [(SECURITY, f"{RELEASE}-security")]
    signed = f"[signed-by={keyring}] " if keyring else ""
    return [f"deb {signed}{uri} {release} main" for uri, release in dict.fromkeys(places)]


def apt_proxies(dump: str) -> dict[str, str]:
    """Variables for the proxies in ``dump``, a line ``Acquire::http::Proxy URL`` for each."""
    keys = {f"Acquire::{scheme}::Proxy": f"{scheme}_proxy" for scheme in ("http", "https")}
    pairs = [line.partition(" ") for line in dump.splitlines()]
    return {keys[key]: url for key, _, url in pairs if key in keys and url not in {"", "DIRECT"}}


def _make_stand_in(place: Place, api: EngineApi, mirror: str | None) -> None:
    need_root_on_debian(f"making {STAND_IN}", command="up")
    keyring = [] if debian_keyring() else [KEYRING_PACKAGE]
    install([*missing_packages(BASE_PROGRAMS), *keyring])
    make_state(place)
    log = place.state / "mmdebstrap.log"
    print(f"making {STAND_IN} from Debian packages (half a minute); log: {log}", flush=True)
    shutil.rmtree(place.scratch, ignore_errors=True)  # of one that was killed
    place.scratch.mkdir(mode=0o755)
    since = time.monotonic()
    try:
        # Closed before its folder is removed, also when the engine breaks off
        with closing(_archive(place.scratch, log, mirror)) as archive:
            problem = api.load(archive, name=STAND_IN, changes=CHANGES)
    finally:
        shutil.rmtree(place.scratch, ignore_errors=True)
    if problem is not None:
        raise UserError(
            what=f"the engine refused {STAND_IN}: {problem}",
            where=str(place.socket),
            fix="look into the engine's log; is the disk full?",
        )
    log.unlink(missing_ok=True)
    with suppress(OSError):  # not empty: the record of an engine of ours is in it
        place.state.rmdir()
    print(f"made {STAND_IN} in {time.monotonic() - since:.0f} s", flush=True)


def _archive(scratch: Path, log: Path, mirror: str | None) -> Generator[bytes, None, None]:
    """The tar archive of a small Debian. Raises UserError in place of its end when it failed."""
    sources = debian_sources(_host_targets(), mirror=mirror, keyring=debian_keyring())
    with log.open("wb") as messages:
        process = subprocess.Popen(
            _mmdebstrap(sources),
            env={**os.environ, **_apt_proxy(), "PATH": SBIN, "TMPDIR": str(scratch)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=messages,
            start_new_session=True,  # Ctrl-C reaches us alone; we then end it
        )
    try:
        while process.stdout and (chunk := process.stdout.read(_CHUNK)):
            yield chunk
        code = process.wait()
    finally:
        with suppress(ProcessLookupError):
            process.kill()  # and with it everything in its process name space
        process.wait()
    if code != 0:
        raise UserError(
            what=f"mmdebstrap could not make a Debian {RELEASE} (exit code {code})",
            where="; ".join(sources),
            fix="is a mirror reachable (--mirror URL, docs/docker.md)? Its last words:\n"
            + "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:]),
        )


def _mmdebstrap(sources: list[str]) -> list[str]:
    # Name spaces of its own for mounts and processes: however it ends, and whoever is killed, no
    # mount and no process remains; what is left is a folder of plain files.
    isolated = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--mount-proc"]
    isolated += ["--fork", "--kill-child"]
    command = [*isolated, "mmdebstrap", "--mode=root", "--variant=minbase", "--format=tar"]
    packages: tuple[str, ...] = PACKAGES
    if MERGED_USR.is_dir():
        command.append(f"--hook-dir={MERGED_USR}")
        packages = ("usr-is-merged", *packages)
    command += [f"--include={','.join(packages)}"]
    command += [f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in LEFT_OUT]
    command += ["--dpkgopt=path-include=/usr/share/doc/*/copyright"]
    # Of the machine it was made on; an engine gives each container its own
    command += ['--customize-hook=rm -f "$1/etc/hostname" "$1/etc/resolv.conf"']
    return [*command, RELEASE, "-", *sources]


def _host_targets() -> str:
    fields = "$(REPO_URI)|$(RELEASE)"
    command = ["apt-get", "indextargets", "--format", fields, "Created-By: Packages"]
    return subprocess.run(
        [*command, "Origin: Debian"], capture_output=True, text=True, check=False
    ).stdout


def _apt_proxy() -> dict[str, str]:
    """The proxies of this machine's apt, as variables: as an option, mmdebstrap would leave them
    in the image, with their password."""
    command = ["apt-config", "dump", "--format", "%f %v%n", "Acquire"]
    dump = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return apt_proxies(dump)
