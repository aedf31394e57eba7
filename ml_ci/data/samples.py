"""Samples: which files there are, what each shows, and what golden pictures witness."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from ml_ci.errors import CombinedUserError, UserError, printable

GOLDEN_CSV = "golden.csv"
GOLDEN_COLUMNS = ["file", "label", "witnesses"]
# File managers leave these behind; .dvcignore keeps DVC from versioning them too.
_LEFT_BEHIND = {"Thumbs.db", "desktop.ini"}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One labelled image of a split."""

    path: Path
    label: str


@dataclass(frozen=True, kw_only=True)
class GoldenSample:
    """One image that is replayed against every target."""

    name: str
    """Its file name; what traces and reports call it."""
    path: Path
    label: str
    witnesses: tuple[str, ...]
    """What it would notice if a side did it differently."""


def class_names(folder: Path) -> tuple[str, ...]:
    """Names of the class folders of a split, sorted: the network's outputs in order."""
    if not folder.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in folder.iterdir() if _is_class(entry)))


def read_split(folder: Path) -> list[Sample]:
    """Every ``<folder>/<class>/<file>``, sorted by class, then by name; no file is opened."""
    return [
        Sample(path=path, label=name)
        for name in class_names(folder)
        for path in sorted((folder / name).iterdir(), key=lambda entry: entry.name)
        if path.is_file() and not is_left_behind(Path(path.name))
    ]


def read_golden(folder: Path) -> list[GoldenSample]:
    """The rows of golden.csv in its order; the images are not opened.

    Raises UserError naming every row that cannot be read.
    """
    table = folder / GOLDEN_CSV
    samples, problems = [], []
    for line, row in _rows(table):
        problem = _row_problem(row)
        if problem is None:
            file, label, witnesses = row
            samples.append(
                GoldenSample(
                    name=file, path=folder / file, label=label, witnesses=tuple(witnesses.split())
                )
            )
        else:
            problems.append(
                UserError(
                    what=problem,
                    where=f"{table}:{line}",
                    fix=f"write one row per image: {', '.join(GOLDEN_COLUMNS)}; "
                    "several witnesses are separated by blanks",
                )
            )
    if problems:
        raise problems[0] if len(problems) == 1 else CombinedUserError(problems)
    return samples


def is_left_behind(path: Path) -> bool:
    """Whether a path inside data/ is hidden or something a file manager made."""
    return path.name in _LEFT_BEHIND or any(part.startswith(".") for part in path.parts)


def _is_class(entry: Path) -> bool:
    return entry.is_dir() and not entry.name.startswith(".")


def _rows(table: Path) -> list[tuple[int, list[str]]]:
    """Line number (1-based) and fields of each row below the header."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            rows = [(reader.line_num, row) for row in reader if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(
            what=f"the golden set's table cannot be read: {error}",
            where=str(table),
            fix="run `dvc pull`, or write it as UTF-8 CSV with the header "
            + ",".join(GOLDEN_COLUMNS),
        ) from None
    if not rows or rows[0][1] != GOLDEN_COLUMNS:
        raise UserError(
            what=f"the header is {','.join(rows[0][1]) if rows else 'missing'}",
            where=f"{table}:1",
            fix=f"make the first line {','.join(GOLDEN_COLUMNS)}",
        )
    return rows[1:]


def _row_problem(row: list[str]) -> str | None:
    if len(row) != len(GOLDEN_COLUMNS):
        return f"the row has {len(row)} fields"
    file, label, _ = row
    if not file or Path(file).name != file or "\\" in file:
        return f"{file!r} is not a file name in the same folder"
    if not label:
        return f"{printable(file)} has no label"
    return None
