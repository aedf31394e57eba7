"""The union of two branches' images: what either side added, removed or relabelled.

data.dvc holds one hash of all images, so git sees a conflict whenever both sides changed any. The
manifests tell which: the images are merged one by one, golden.csv line by line.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_bytes
from ml_ci.base.pipeline import UnreadableError, parse_yaml
from ml_ci.base.storage import Storage
from ml_ci.data.manifest import describe_folder, images_and_tables, parse_manifest, some_of
from ml_ci.errors import UserError
from ml_ci.repository import CommitFiles

V = TypeVar("V")
TABLE = paths.GOLDEN_LABELS.relative_to(paths.DATA).as_posix()
_WHERE = str(paths.MANIFEST)


@dataclass(frozen=True, kw_only=True)
class Side:
    """The images of one side."""

    sha256: Mapping[str, str]
    """By path below data/, from the manifest."""
    md5: Mapping[str, str]
    """The same from data.dvc: how DVC's cache names them."""


@dataclass(frozen=True, kw_only=True)
class Union:
    """What data/ has to hold."""

    files: Mapping[str, Path]
    """Where the content of each file lies, by path below data/; without golden.csv."""
    table: bytes | None
    """golden.csv; None when there is none."""


def read_side(files: CommitFiles, storage: Storage) -> Side:
    """The images of a side, whose objects have been fetched. Raises UserError."""
    try:
        entries = images_and_tables(parse_manifest(files.read(paths.MANIFEST) or b""))
        pointer = parse_yaml(files.read(paths.DATA_POINTER) or b"", paths.DATA_POINTER.name)
        listing = storage.listing(str(pointer["outs"][0]["md5"]))
    except (ValueError, UnreadableError, KeyError, TypeError, IndexError) as error:
        raise _undecided(
            f"data.dvc or its manifest is damaged in {files.commit[:12]}: {error}"
        ) from None
    md5 = listing or {}
    sha256 = {entry.path: entry.sha256 for entry in entries}
    lacking = sha256.keys() - md5.keys()
    if lacking:
        raise _undecided(f"the images of {files.commit[:12]} could not be fetched")
    return Side(sha256=sha256, md5=md5)


def unite(base: Side, ours: Side, theirs: Side, place: Callable[[str], Path]) -> Union:
    """Both sides' changes since ``base``; ``place`` tells where the object of an MD5 lies.

    Raises UserError naming the images that both sides changed, each in another way.
    """
    plan, clashes = merge_maps(base.sha256, ours.sha256, theirs.sha256)
    clashes = [path for path in clashes if path != TABLE]
    if clashes:
        raise _undecided(f"both branches changed, differently: {some_of(clashes)}")
    md5 = {
        (path, side.sha256[path]): side.md5[path] for side in (ours, theirs) for path in side.sha256
    }
    tables = [
        place(side.md5[TABLE]).read_bytes() if TABLE in side.md5 else b""
        for side in (base, ours, theirs)
    ]
    return Union(
        files={path: place(md5[path, sha256]) for path, sha256 in plan.items() if path != TABLE},
        table=merge_tables(*tables) or None,
    )


def merge_maps(
    base: Mapping[str, V], ours: Mapping[str, V], theirs: Mapping[str, V]
) -> tuple[dict[str, V], list[str]]:
    """Three-way merge, key by key: what one side changed, the other has to follow or leave alone.

    Returns the merged entries, sorted, and the keys that both sides changed differently.
    """
    merged, clashes = {}, []
    for key in sorted(base.keys() | ours.keys() | theirs.keys()):
        was, one, other = base.get(key), ours.get(key), theirs.get(key)
        if one != other and was not in (one, other):
            clashes.append(key)
            continue
        value = other if one == was else one
        if value is not None:
            merged[key] = value
    return merged, clashes


def merge_tables(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """golden.csv, merged row by row. Raises UserError naming rows that both sides changed."""
    if ours == theirs or base == theirs:
        return ours
    if base == ours:
        return theirs
    (head, *_), *tables = [_header(ours), *map(_rows, (base, ours, theirs))]
    merged, clashes = merge_maps(*tables)
    if clashes:
        raise _undecided(f"both branches changed lines of golden.csv: {some_of(clashes)}")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerows([head, *merged.values()])
    return stream.getvalue().encode("utf-8")


def put(union: Union, known: Iterable[Side], folder: Path = paths.DATA) -> None:
    """Make ``folder`` hold the union. Run again after an interruption, it goes on.

    Raises UserError when it holds files that no side has: they would be lost.
    """
    there = {entry.path: entry.sha256 for entry in images_and_tables(describe_folder(folder))}
    of_sides = {item for side in known for item in side.sha256.items()}
    foreign = [path for path, sha256 in there.items() if (path, sha256) not in of_sides]
    if foreign and set(foreign) != {TABLE}:
        raise UserError(
            what=f"data/ holds changes that neither branch has: {some_of(foreign)}",
            where=str(folder),
            fix="move them away, run `ml-ci resolve` again, then bring them in "
            "with `ml-ci data update`",
        )
    for path in there.keys() - union.files.keys() - {TABLE}:
        (folder / path).unlink()
    for path, source in union.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).unlink(missing_ok=True)  # it may be a link into the cache
        shutil.copyfile(source, folder / path)
    (folder / TABLE).unlink(missing_ok=True)
    if union.table is not None:
        write_bytes(folder / TABLE, union.table)


def _header(table: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.decode("utf-8"), newline="")))[:1]


def _rows(table: bytes) -> dict[str, tuple[str, ...]]:
    """By image; the header is left out."""
    rows = list(csv.reader(io.StringIO(table.decode("utf-8"), newline="")))[1:]
    return {row[0]: tuple(row) for row in rows if row}


def _undecided(what: str) -> UserError:
    return UserError(
        what=f"the images of the two branches cannot be merged: {what}",
        where=_WHERE,
        fix="take one branch's images (`git checkout --ours` or `--theirs`, then data.dvc and "
        "data.manifest.csv), `dvc checkout data.dvc`, bring the other's changes into data/, "
        "`ml-ci data update`, `git add` both files, and run `ml-ci resolve` again",
    )
