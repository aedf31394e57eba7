"""Images: which came, went, were replaced or changed their label, by the two manifests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ml_ci.changes.result import NAMED, DataChange, DataKind
from ml_ci.data.manifest import Entry

_Group = tuple[str, str, DataKind, str]  # split, class, kind, note


def data_changes(before: Iterable[Entry], after: Iterable[Entry]) -> tuple[DataChange, ...]:
    """By split, class and kind, the largest first.

    The same content under a new name in the same split is the same image: relabelled when it has
    another label now, else nothing happened to it.
    """
    matched, gone = _matched(_images(before), _images(after))
    groups: dict[_Group, list[str]] = defaultdict(list)
    for now, was in matched:
        if was is None:
            groups[_split(now), now.label, "added", ""].append(now.path)
        elif was.label != now.label:
            groups[_split(now), now.label, "relabelled", was.label].append(now.path)
        elif was.sha256 != now.sha256:
            groups[_split(now), now.label, "replaced", ""].append(now.path)
    for entry in gone:
        groups[_split(entry), entry.label, "removed", ""].append(entry.path)
    changes = [
        DataChange(
            split=split,
            label=label,
            kind=kind,
            note=note,
            images=len(names),
            names=tuple(sorted(names)[:NAMED]),
        )
        for (split, label, kind, note), names in groups.items()
    ]
    return tuple(sorted(changes, key=lambda one: (-one.images, one.split, one.label, one.kind)))


def _matched(
    old: dict[str, Entry], new: dict[str, Entry]
) -> tuple[list[tuple[Entry, Entry | None]], list[Entry]]:
    """Every image of now with what it was, and those that are gone.

    They are the same by name, or by content where the name is gone or new.
    """
    lost = {(_split(entry), entry.sha256): entry for path, entry in old.items() if path not in new}
    matched = [
        (entry, old.get(path) or lost.pop((_split(entry), entry.sha256), None))
        for path, entry in new.items()
    ]
    found = {was.path for _, was in matched if was is not None}
    return matched, [entry for path, entry in old.items() if path not in found]


def _images(entries: Iterable[Entry]) -> dict[str, Entry]:
    """By path, without golden.csv and data.dvc, which have no label."""
    return {entry.path: entry for entry in entries if entry.label}


def _split(entry: Entry) -> str:
    return entry.path.partition("/")[0]
