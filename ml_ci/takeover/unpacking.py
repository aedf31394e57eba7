"""Unpacking: a folder or ZIP that somebody hands over, looked at before anything of it is used."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ml_ci.artifacts import paths
from ml_ci.errors import UserError, printable
from ml_ci.takeover.package import damaged, is_expected

MOST_MEGABYTES = 2048
"""Of one package, unpacked, unless told otherwise: the weights and the exported models of what can
be trained on a hosted runner (ResNet-50: 2 × 100 MB, ViT-L/16: 2 × 1.2 GB does not fit)."""
_MOST_FILES = 10_000  # contact sheets, curves and weights are dozens
_BLOCK = 2**20


@contextmanager
def opened(source: Path, *, most_bytes: int) -> Iterator[Path]:
    """A folder with nothing in it but regular files of expected names, ``most_bytes`` in all.

    A ZIP is unpacked into a scratch folder that is taken away again. Raises UserError.
    """
    if source.is_dir():
        _look_at_folder(source, most_bytes)
        yield source
    elif source.is_file():
        paths.STATE.mkdir(exist_ok=True)
        # Named as what is half written, so that the next run sweeps what a killed one left
        prefix = f".taken.{os.getpid()}."
        with TemporaryDirectory(dir=paths.STATE, prefix=prefix, suffix=".scratch") as scratch:
            _unzip(source, Path(scratch), most_bytes)
            yield Path(scratch)
    else:
        raise UserError(
            what="there is no such folder or ZIP",
            where=str(source),
            fix="give the artifact as it was downloaded, or the folder it was unpacked to",
        )


def _look_at_folder(source: Path, most_bytes: int) -> None:
    size = 0
    entries = [path for path in source.rglob("*") if path.is_symlink() or not path.is_dir()]
    _check_count(source, len(entries))
    for path in entries:
        name = path.relative_to(source).as_posix()
        if path.is_symlink() or not path.is_file():
            raise damaged(source, f"`{printable(name)}` is no regular file")
        _check_name(source, name)
        size += path.stat().st_size
        _check_size(source, size, most_bytes)


def _unzip(source: Path, scratch: Path, most_bytes: int) -> None:
    try:
        with zipfile.ZipFile(source) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_count(source, len(entries))
            names = [entry.filename for entry in entries]
            if len(set(names)) != len(names):
                raise damaged(source, "it holds two files of one name")
            left = most_bytes
            for entry in entries:
                _check_entry(source, entry)
                left -= _extract(archive, entry, scratch, left)
                _check_size(source, most_bytes - left, most_bytes)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, UnicodeError) as error:
        raise damaged(source, f"it is no ZIP that can be read ({error})") from None


def _check_entry(source: Path, entry: zipfile.ZipInfo) -> None:
    _check_name(source, entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise damaged(source, f"`{entry.filename}` is no regular file")
    if entry.flag_bits & 0x1:
        raise damaged(source, f"`{entry.filename}` is encrypted")


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, scratch: Path, most: int) -> int:
    """Bytes written; one more than ``most`` at the most, whatever the entry says of itself."""
    place = scratch / entry.filename
    place.parent.mkdir(parents=True, exist_ok=True)
    written = 0
    with archive.open(entry) as packed, place.open("xb") as plain:
        while written <= most and (block := packed.read(min(_BLOCK, most + 1 - written))):
            written += plain.write(block)
    return written


def _check_count(source: Path, count: int) -> None:
    if count > _MOST_FILES:
        raise damaged(source, f"it holds {count} files, more than {_MOST_FILES}")


def _check_name(source: Path, name: str) -> None:
    if not is_expected(name):
        raise damaged(source, f"it holds `{printable(name)[:100]}`, which does not belong there")


def _check_size(source: Path, size: int, most_bytes: int) -> None:
    if size > most_bytes:
        raise UserError(
            what=f"what CI measured is larger than {most_bytes // 10**6} MB, unpacked",
            where=str(source),
            fix="allow more with `--max-mb`, if your weights are that large",
        )
