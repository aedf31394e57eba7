"""An artifact of a run: found by its exact name, downloaded and unpacked within limits."""

from __future__ import annotations

import errno
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from ml_ci.errors import UserError, printable
from ml_ci.github.api import GitHub, Resource
from ml_ci.github.event import Run

_ZIP_NAME = "artifact.zip"
_BLOCK = 65_536
_ENCRYPTED = 0x1  # bit of a zip entry's flags
_FULL = (errno.ENOSPC, errno.EDQUOT)  # the disk's trouble, which says nothing of the artifact
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Artifact(Resource):
    """A zip that a run has uploaded."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool = False
    created_at: datetime | None = None


def find_artifact(github: GitHub, run: Run, name: str) -> Artifact | None:
    """The run's artifact of exactly this name; None when it has none.

    A run that is started again keeps what its earlier attempts uploaded: those are not this one's.
    Raises UserError when there are two, or it has expired.
    """
    path = f"{{repo}}/actions/runs/{run.id}/artifacts"
    found = [
        artifact
        for artifact in github.all(Artifact, path, {"name": name}, key="artifacts")
        if artifact.name == name and _is_of_attempt(artifact, run)
    ]
    if len(found) > 1:
        raise _refused(name, f"the run has {len(found)} artifacts of this name")
    if found and found[0].expired:
        raise _refused(name, "it has expired")
    return found[0] if found else None


def fetch_file(
    github: GitHub, artifact: Artifact, *, name: str, max_bytes: int, scratch: Path
) -> bytes:
    """The content of the artifact's only file, which has to be called ``name``.

    ``scratch`` is an empty folder. Raises UserError when the artifact holds anything else, or more
    than ``max_bytes``, packed or unpacked.
    """
    if artifact.size_in_bytes > max_bytes:
        size = f"it has {artifact.size_in_bytes} bytes, {max_bytes} are allowed"
        raise _refused(artifact.name, size)
    packed = scratch / _ZIP_NAME
    with packed.open("wb") as stream:
        path = f"{{repo}}/actions/artifacts/{artifact.id}/zip"
        github.download(path, stream, max_bytes=max_bytes)
    return only_file(packed, name=name, max_bytes=max_bytes, artifact=artifact.name)


def only_file(packed: Path, *, name: str, max_bytes: int, artifact: str) -> bytes:
    """The only file of a zip, read into memory: no name of its is ever a place on the disk.

    Raises UserError when it is not one regular, unencrypted file called ``name`` of at most
    ``max_bytes``, whatever its directory says of it.
    """
    try:
        with zipfile.ZipFile(packed) as archive:
            entry = _only_entry(archive.infolist(), name, artifact)
            if entry.file_size > max_bytes:
                size = f"{name} unpacks to {entry.file_size} bytes, {max_bytes} are allowed"
                raise _refused(artifact, size)
            return _read(archive, entry)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
        raise _refused(artifact, f"it is no zip that can be read: {error}") from None
    except (zlib.error, struct.error) as error:
        raise _refused(artifact, f"it is damaged: {error}") from None
    except OSError as error:  # a damaged directory leads before the file's begin
        if error.errno in _FULL:
            raise
        raise _refused(artifact, f"it is damaged: {error.strerror}") from None


def _is_of_attempt(artifact: Artifact, run: Run) -> bool:
    if run.run_attempt == 1 or artifact.created_at is None or run.run_started_at is None:
        return True
    return artifact.created_at >= run.run_started_at


def _only_entry(entries: Sequence[zipfile.ZipInfo], name: str, artifact: str) -> zipfile.ZipInfo:
    if len(entries) != 1:
        raise _refused(artifact, f"it holds {len(entries)} files instead of one")
    entry = entries[0]
    # `filename` is cut at a NUL and has `/` for `\`; what stands in the zip has to be the name
    if name not in (entry.filename, entry.orig_filename) or entry.filename != entry.orig_filename:
        raise _refused(artifact, f"it holds {entry.orig_filename!r} instead of {name}")
    mode = entry.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise _refused(artifact, f"{name} in it is no regular file")
    if entry.flag_bits & _ENCRYPTED:
        raise _refused(artifact, f"{name} in it is encrypted")
    if entry.compress_type not in _METHODS:
        raise _refused(artifact, f"{name} in it is packed by method {entry.compress_type}")
    return entry


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """As much as the entry announces, and no more: block by block, since the announced size may be
    a lie, and unpacking all at once would hold what there really is in memory before it is cut."""
    content = bytearray()
    with archive.open(entry) as stream:
        while block := stream.read(_BLOCK):
            content += block
    return bytes(content)


def _refused(artifact: str, why: str) -> UserError:
    return UserError(
        what=f"the artifact is refused: {printable(why)[:300]}",
        where=f"artifact {printable(artifact)}",
        fix="run the measuring workflow of the default branch's version again; "
        "it uploads one file in one artifact",
    )
