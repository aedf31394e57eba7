"""The manifest: every data file with its hash, label and witnesses, committed beside data.dvc.

A reviewer reads in it which images came, went or changed label; and a folder that was pulled only
half is told apart from one that was changed on purpose. Its row for data.dvc ties the two together:
DVC 3.67 rewrites data.dvc to whatever lies in data/ as soon as a stage depends on it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_bytes, sha256_of_file, write_text
from ml_ci.data.samples import is_left_behind, read_golden
from ml_ci.errors import CombinedUserError, UserError, printable

COLUMNS = ["path", "sha256", "label", "witnesses"]
POINTER = f"../{paths.DATA_POINTER}"
NAMED = 5  # how many files a message names before it counts the rest
SPLITS = (paths.TRAIN.name, paths.TEST.name)
Kind = Literal["missing", "unexpected", "changed", "relabelled"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file; ``path`` is relative to data/, with forward slashes."""

    path: str
    sha256: str
    label: str
    """Empty for what is no image: golden.csv and data.dvc."""
    witnesses: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One file that is not as the manifest says."""

    kind: Kind
    path: str
    note: str = ""
    """Both labels, when the label changed."""

    def __str__(self) -> str:
        return f"{self.path} ({self.note})" if self.note else self.path


_REMEDIES: dict[Kind, str] = {
    "missing": "run `dvc pull`; if you deleted them, `ml-ci data update --allow-removals`",
    "unexpected": "run `ml-ci data update` to add them, or remove them",
    "changed": "run `ml-ci data update` to keep the change, or `dvc checkout` to undo it",
    "relabelled": "run `ml-ci data update` to keep the change, or `dvc checkout` to undo it",
}


def describe_folder(folder: Path) -> list[Entry]:
    """Entries of all files below ``folder``, sorted by path, and of its pointer (data.dvc).

    An unreadable golden.csv leaves the golden labels empty: `validate` names that problem itself.
    """
    labels = _golden_labels(folder / paths.GOLDEN.name)
    files = sorted(data_files(folder), key=lambda file: file.relative_to(folder).as_posix())
    entries = [_entry(folder, file, labels) for file in files]
    pointer = folder.with_name(paths.DATA_POINTER.name)
    return [_pointer_entry(pointer), *entries] if pointer.is_file() else entries


def data_files(folder: Path) -> list[Path]:
    """All regular files below ``folder``, without what file managers leave behind."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and not is_left_behind(path.relative_to(folder))
    ]


def write_manifest(folder: Path = paths.DATA, path: Path = paths.MANIFEST) -> list[Entry]:
    """Make the manifest say what ``folder`` holds; returns its entries."""
    entries = describe_folder(folder)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in entries:
        writer.writerow([entry.path, entry.sha256, entry.label, " ".join(entry.witnesses)])
    write_text(path, stream.getvalue())
    return entries


def read_manifest(path: Path = paths.MANIFEST) -> list[Entry]:
    """Read what ``write_manifest`` wrote. Raises UserError when it is missing or damaged."""
    try:
        return parse_manifest(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UserError(
            what=f"the data manifest cannot be read: {error}",
            where=str(path),
            fix="restore it with git; or, if the data are as you want them, "
            "write it anew with `ml-ci data update`",
        ) from None


def parse_manifest(content: bytes) -> list[Entry]:
    """The entries in what ``write_manifest`` wrote. Raises ValueError when it is damaged."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline="")))
    except csv.Error as error:
        raise ValueError(str(error)) from None
    if not rows or rows[0] != COLUMNS:
        raise ValueError(f"its header is not {','.join(COLUMNS)}")
    return [_read_row(number, row) for number, row in enumerate(rows[1:], start=2)]


def check_folder(*, allow_missing: bool, root: Path = Path()) -> None:
    """Raise UserError when data/ is not what the manifest says: call it before ``dvc repro``.

    ``dvc repro`` itself would take a half-pulled folder for a new version and rewrite data.dvc,
    frozen or not, after which ``dvc pull`` finds nothing to do. ``allow_missing`` is for the moment
    before a pull.
    """
    problems = folder_problems(root, {"missing"} if allow_missing else set())
    if problems:
        raise problems[0] if len(problems) == 1 else CombinedUserError(problems)


def folder_problems(root: Path, allowed: Set[Kind] = frozenset()) -> list[UserError]:
    """How data/ differs from the manifest: one problem per kind, with the first few files."""
    try:
        expected = images_and_tables(read_manifest(root / paths.MANIFEST))
    except UserError as problem:
        return [problem]
    differences = compare(expected, images_and_tables(describe_folder(root / paths.DATA)))
    problems = []
    for kind, remedy in _REMEDIES.items():
        names = [str(one) for one in differences if one.kind == kind and kind not in allowed]
        if names:
            what = f"{files(len(names))} of data/ {kind}, by the manifest: {some_of(names)}"
            problems.append(UserError(what=what, where=str(root / paths.MANIFEST), fix=remedy))
    return problems


def images_and_tables(entries: Iterable[Entry]) -> list[Entry]:
    """The entries without that of data.dvc."""
    return [entry for entry in entries if entry.path != POINTER]


def files(count: int) -> str:
    """A count in words."""
    return "1 file" if count == 1 else f"{count} files"


def some_of(names: list[str]) -> str:
    """The first few names, and how many more there are."""
    rest = len(names) - NAMED
    return ", ".join(printable(name) for name in names[:NAMED]) + (
        f" and {rest} more" if rest > 0 else ""
    )


def compare(expected: Iterable[Entry], found: Iterable[Entry]) -> list[Difference]:
    """What ``found`` has otherwise than ``expected``, sorted by path."""
    wanted = {entry.path: entry for entry in expected}
    there = {entry.path: entry for entry in found}
    differences = [Difference(kind="missing", path=path) for path in wanted.keys() - there.keys()]
    differences += [
        Difference(kind="unexpected", path=path) for path in there.keys() - wanted.keys()
    ]
    for path in wanted.keys() & there.keys():
        before, after = wanted[path], there[path]
        if before.label != after.label:
            note = f"{before.label or 'no label'} → {after.label or 'no label'}"
            differences.append(Difference(kind="relabelled", path=path, note=note))
        elif before.sha256 != after.sha256 or before.witnesses != after.witnesses:
            differences.append(Difference(kind="changed", path=path))
    return sorted(differences, key=lambda difference: difference.path)


def hash_of_pointer(content: bytes) -> str:
    """SHA-256 of data.dvc with Unix line ends, whatever git made of them on checking out."""
    return sha256_of_bytes(content.replace(b"\r\n", b"\n"))


def _entry(folder: Path, file: Path, golden: dict[str, tuple[str, tuple[str, ...]]]) -> Entry:
    relative = file.relative_to(folder)
    label: str = ""
    witnesses: tuple[str, ...] = ()
    if len(relative.parts) == 3 and relative.parts[0] in SPLITS:
        label = relative.parts[1]
    elif len(relative.parts) == 2 and relative.parts[0] == paths.GOLDEN.name:
        label, witnesses = golden.get(file.name, ("", ()))
    return Entry(
        path=relative.as_posix(),
        sha256=sha256_of_file(file),
        label=label,
        witnesses=witnesses,
    )


def _pointer_entry(pointer: Path) -> Entry:
    digest = hash_of_pointer(pointer.read_bytes())
    return Entry(path=POINTER, sha256=digest, label="", witnesses=())


def _golden_labels(folder: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    try:
        return {sample.name: (sample.label, sample.witnesses) for sample in read_golden(folder)}
    except UserError:
        return {}


def _read_row(number: int, row: list[str]) -> Entry:
    if len(row) != len(COLUMNS) or not row[0] or len(row[1]) != 64:
        raise ValueError(f"line {number} is not {','.join(COLUMNS)}")
    path, sha256, label, witnesses = row
    return Entry(path=path, sha256=sha256, label=label, witnesses=tuple(witnesses.split()))
