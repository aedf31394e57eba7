"""Images of the golden set that came, went or changed since the base, by the two manifests.

What is gone takes what it witnessed with it. So a golden image that is removed, or gets another
content or label under its old name, has to be allowed by its file name, in the same change. What
goes by another name now is not gone.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

from ml_ci.artifacts.golden import GoldenImage
from ml_ci.base.results import Base
from ml_ci.data.manifest import Entry
from ml_ci.golden.naming import GoldenSet, golden_images, names_today
from ml_ci.golden.result import LISTED, ChangeKind, ImageChange, Images
from ml_ci.params.golden import GoldenSettings

# Names YAML takes for what they are; others are quoted, and JSON's quotes are YAML's
_PLAIN = re.compile(r"[A-Za-z][\w-]*(\.[\w-]+)+")

# Characters of names: the line is a text of the report, and half of one would be no YAML
_LINE = 1800


def compare_images(entries: Sequence[Entry], base: Base | None, settings: GoldenSettings) -> Images:
    """The golden images of the manifest ``entries`` beside those of ``base``."""
    known = base is not None and bool(base.manifest)
    before = golden_images(base.manifest) if base is not None else {}
    after = golden_images(entries)
    names = names_today(before, after)
    granted = newly_allowed(settings, base.params if base else {})
    changes = list(_changes(before, after, names, granted))
    # What took the name of an image that was renamed has come, too
    old = (before.keys() - names.keys()) | set(names.values())
    added = sorted(after.keys() - old) if known else []
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
    before: GoldenSet, after: GoldenSet, names: Mapping[str, str], granted: Set[str]
) -> Iterator[ImageChange]:
    """``names`` are today's, by name, of the images that are still there."""
    for name, image in before.items():
        new_name = names.get(name)
        if new_name == name:
            continue
        kind, note = _change(image, after.get(name), new_name)
        allowed = kind == "renamed" or name in granted
        yield ImageChange(kind=kind, image=name, note=note, allowed=allowed)


def newly_allowed(settings: GoldenSettings, base_params: Mapping[str, Any]) -> frozenset[str]:
    """Names that are listed more often than in the base: a permission is used up by its merge."""
    section = base_params.get(GoldenSettings.section)
    listed = section.get("allowed_removals") if isinstance(section, Mapping) else None
    used = Counter(str(name) for name in listed) if isinstance(listed, list) else Counter()
    return frozenset(Counter(settings.allowed_removals) - used)


def _change(
    before: GoldenImage, after: GoldenImage | None, new_name: str | None
) -> tuple[ChangeKind, str]:
    """What became of ``before`` and a note on it; ``after`` is called as it was."""
    if new_name is not None:
        return "renamed", new_name
    if after is None:
        return "removed", ""
    if after.sha256 != before.sha256:
        return "replaced", ""
    return "relabelled", f"{before.label or 'no label'} → {after.label or 'no label'}"


def _line(names: Sequence[str]) -> str:
    """The section of params.yaml as one line; as many names as it may hold."""
    shown: list[str] = []
    for name in names:
        shown.append(name if _PLAIN.fullmatch(name) else json.dumps(name, ensure_ascii=False))
        if sum(len(one) + 2 for one in shown) > _LINE:
            shown.pop()
            break
    return f"{GoldenSettings.section}: {{allowed_removals: [{', '.join(shown)}]}}"
