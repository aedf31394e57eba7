"""What a report says of the public subset that it is about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ml_ci.artifacts import paths
from ml_ci.data.manifest import Entry
from ml_ci.data.subset import PublicSubset
from ml_ci.report.schema import Subset, SubsetSplit, Weights


def subset_of(
    used: PublicSubset | None, manifest: Sequence[Entry], weights: Weights
) -> Subset | None:
    """The section of the report; ``manifest`` is that of the subset. None without one."""
    if used is None:
        return None
    here, whole = _images(manifest), _images(used.whole)
    images = Counter(split for split, _ in here)
    all_of_them = Counter(split for split, _ in whole)
    train = paths.TRAIN.name
    complete = {one for one in whole if one[0] == train} == {one for one in here if one[0] == train}
    return Subset(
        folder=used.folder,
        splits=tuple(
            SubsetSplit(split=split, images=images[split], whole=all_of_them[split])
            for split in sorted(images | all_of_them)
        ),
        trained=weights.origin != "pretrained" and not complete,
    )


def _images(entries: Iterable[Entry]) -> list[tuple[str, tuple[str, str]]]:
    """Split, and content with label, of every image."""
    return [
        (entry.path.partition("/")[0], (entry.sha256, entry.label))
        for entry in entries
        if entry.label
    ]
