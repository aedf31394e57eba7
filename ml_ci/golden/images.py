"""Images of the golden set that came, went or changed since the base, by the two manifests.

What is gone takes what it witnessed with it. So a golden image that is removed, or gets another
content or label under its old name, has to be allowed by its file name, in the same change.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from typing import Any

from ml_ci.artifacts import paths
from ml_ci.base.results import Base
from ml_ci.data.manifest import Entry
from ml_ci.golden.result import LISTED, ChangeKind, ImageChange, Images
from ml_ci.params.golden import GoldenSettings

_FOLDER = f"{paths.GOLDEN.name}/"
# Names YAML takes for what they are; others are quoted, and JSON's quotes are YAML's
_PLAIN = re.compile(r"[A-Za-z][\w-]*(\.[\w-]+)+")

# Characters of names: the line is a text of the report, and half of one would be no YAML
_LINE = 1800


def compare_images(entries: Sequence[Entry], base: Base | None, settings: GoldenSettings) -> Images:
    """The golden images of the manifest ``entries`` beside those of ``base``."""
    known = base is not None and bool(base.manifest)
    before = golden_entries(base.manifest) if base is not None else {}
    after = golden_entries(entries)
    changes = _changes(before, after, newly_allowed(settings, base.params if base else {}))
    renamed = {change.note for change in changes if change.kind == "renamed"}
    added = sorted(after.keys() - before.keys() - renamed) if known else []
    denied = [change.image for change in changes if not change.allowed]
    changes.sort(key=lambda change: change.allowed)
    return Images(
        commit=base.commit if base is not None and known else None,
        added=len(added),
        added_names=tuple(added[:LISTED]),
        changed=len(changes),
        denied=len(denied),
        changes=tuple(changes[:LISTED]),
        line=_line([*settings.allowed_removals, *denied[:LISTED]]) if denied else "",
    )


def _changes(
    before: Mapping[str, Entry], after: Mapping[str, Entry], granted: Set[str]
) -> list[ImageChange]:
    added = after.keys() - before.keys()
    new_names = {_content(after[name]): name for name in sorted(added, reverse=True)}
    changes = []
    for name, entry in before.items():
        kind, note = _change(entry, after.get(name), new_names.get(_content(entry)))
        if kind is not None:
            allowed = kind == "renamed" or name in granted
            changes.append(ImageChange(kind=kind, image=name, note=note, allowed=allowed))
    return changes


def golden_entries(manifest: Sequence[Entry]) -> dict[str, Entry]:
    """The golden images by file name, sorted."""
    return {
        entry.path.removeprefix(_FOLDER): entry
        for entry in sorted(manifest, key=lambda entry: entry.path)
        if entry.path.startswith(_FOLDER) and entry.path != f"{_FOLDER}{paths.GOLDEN_LABELS.name}"
    }


def newly_allowed(settings: GoldenSettings, base_params: Mapping[str, Any]) -> frozenset[str]:
    """Names that are listed more often than in the base: a permission is used up by its merge."""
    section = base_params.get(GoldenSettings.section)
    listed = section.get("allowed_removals") if isinstance(section, Mapping) else None
    used = Counter(str(name) for name in listed) if isinstance(listed, list) else Counter()
    return frozenset(Counter(settings.allowed_removals) - used)


def _content(entry: Entry) -> tuple[str, str]:
    """What makes it the same image under another name."""
    return entry.sha256, entry.label


def _change(
    before: Entry, after: Entry | None, new_name: str | None
) -> tuple[ChangeKind | None, str]:
    """What became of ``before`` and a note on it; ``new_name`` has the same content and is new."""
    if after is None:
        return ("removed", "") if new_name is None else ("renamed", new_name)
    if after.sha256 != before.sha256:
        return "replaced", ""
    if after.label != before.label:
        return "relabelled", f"{before.label or 'no label'} → {after.label or 'no label'}"
    return None, ""


def _line(names: Sequence[str]) -> str:
    """The section of params.yaml as one line; as many names as it may hold."""
    shown: list[str] = []
    for name in names:
        shown.append(name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False))
        if sum(len(one) + 2 for one in shown) > _LINE:
            shown.pop()
            break
    return f"{GoldenSettings.section}: {{allowed_removals: [{', '.join(shown)}]}}"
