"""Writing files so that a reader sees the old content or the new, never half of it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# What is half written lies hidden beside its place, as `.<name>.<process>.<chance>.scratch`; a
# folder on its way out has one more ending.
_SUFFIX = ".scratch"
_OUTGOING = ".old"
_SCRATCH = re.compile(r"\.(?P<name>.+)\.(?P<pid>\d+)\.[a-z0-9_]+\.scratch(?P<outgoing>\.old)?")


def write_bytes(path: Path, content: bytes) -> None:
    """Replace ``path`` atomically; its folder is made when missing."""
    write_together({path: content})


def write_together(contents: Mapping[Path, bytes]) -> None:
    """Replace several files, none of them before all are completely written.

    An OSError names the file that could not be written.
    """
    written: dict[Path, Path] = {}
    try:
        for path, content in contents.items():
            written[path] = _write_beside(path, content)
        for path, scratch in written.items():
            scratch.replace(path)
    except KeyboardInterrupt:
        if len(written) == len(contents):  # rather a moment more than half old and half new
            for path, scratch in written.items():
                if scratch.exists():
                    scratch.replace(path)
        raise
    finally:
        for scratch in written.values():
            scratch.unlink(missing_ok=True)


def write_text(path: Path, content: str) -> None:
    """Replace ``path`` atomically with UTF-8 text and Unix line ends on every system."""
    write_bytes(path, content.encode("utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Replace ``path`` atomically with indented JSON. Raises ValueError on NaN or infinity."""
    write_bytes(path, _json_bytes(content))


def json_text(content: Any) -> str:
    """Indented JSON as all our files have it. Raises ValueError on NaN or infinity."""
    return _json_bytes(content).decode("utf-8")


def _json_bytes(content: Any) -> bytes:
    encoder = json.JSONEncoder(indent=2, ensure_ascii=False, allow_nan=False)
    text = bytearray()
    # Piece by piece: `json.dumps` keeps all pieces, ten times the size of the text, until the end
    for piece in encoder.iterencode(content):
        text += piece.encode("utf-8")
    text += b"\n"
    return bytes(text)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Fill a scratch folder that takes the place of ``path`` only when the block succeeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=path.parent, prefix=_prefix(path), suffix=_SUFFIX))
    outgoing = scratch.with_name(scratch.name + _OUTGOING)
    try:
        scratch.chmod(0o755)  # mkdtemp makes it private to this user
        yield scratch
        if path.exists():
            path.replace(outgoing)
        scratch.replace(path)
    except BaseException:
        if outgoing.exists() and not path.exists():
            outgoing.replace(path)
        raise
    finally:
        for left in (scratch, outgoing):
            shutil.rmtree(left, ignore_errors=True)


def sweep(folder: Path) -> list[Path]:
    """Take away what processes that are gone left half written in ``folder``, and say what.

    A folder whose successor never took its place is put back. Nobody else may be writing here:
    processes of another container look gone.
    """
    swept = []
    for scratch in sorted(folder.glob(f".*{_SUFFIX}*")):
        found = _SCRATCH.fullmatch(scratch.name)
        if found is None or _is_alive(int(found["pid"])):
            continue
        whole = scratch.with_name(found["name"])
        if found["outgoing"] and not whole.exists():
            scratch.replace(whole)
        elif scratch.is_dir():
            shutil.rmtree(scratch, ignore_errors=True)
        else:
            scratch.unlink()
        swept.append(scratch)
    return swept


def sha256_of_bytes(content: bytes) -> str:
    """Hex SHA-256 of ``content``."""
    return hashlib.sha256(content).hexdigest()


def sha256_of_file(path: Path) -> str:
    """Hex SHA-256 of a file, read in blocks so that its size does not matter."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sha256_of_path(path: Path) -> str:
    """Hex SHA-256 of a file, or of the sorted names and contents of every file below a folder.

    Hidden files and ``__pycache__`` are left out: file managers and Python make them as they like.
    """
    if path.is_file():
        return sha256_of_file(path)
    listing = "".join(
        f"{sha256_of_file(file)}  {file.relative_to(path).as_posix()}\n"
        for file in sorted(path.rglob("*"))
        if file.is_file() and not _is_left_behind(file.relative_to(path))
    )
    return sha256_of_bytes(listing.encode("utf-8"))


def _is_left_behind(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _prefix(path: Path) -> str:
    return f".{path.name}.{os.getpid()}."


def _write_beside(path: Path, content: bytes) -> Path:
    """A scratch file beside ``path``, on the disk with all of its content."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path), suffix=_SUFFIX)
    except OSError as error:
        raise _about(error, path) from None
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)  # mkstemp makes it private to this user
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise _about(error, path) from None
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _about(error: OSError, path: Path) -> OSError:
    """The error with the file that was meant: a failed write names none, mkstemp the scratch."""
    return OSError(error.errno, error.strerror, str(path))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # somebody else's
        return True
    return True
