"""Naming: what the golden images of earlier are called today.

An answer belongs to an image, and an image is its content and its label, whatever the file is
called. Names alone would lose the answers of an image that is renamed, and give it those of another
one that is called so now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import GoldenImage, GoldenSnapshot
from ml_ci.data.manifest import Entry

GoldenSet = Mapping[str, GoldenImage]
"""Its images by file name."""
_FOLDER = f"{paths.GOLDEN.name}/"
_TABLE = f"{_FOLDER}{paths.GOLDEN_LABELS.name}"


def golden_images(manifest: Iterable[Entry]) -> dict[str, GoldenImage]:
    """The golden set of a manifest, sorted by name."""
    return {
        entry.path.removeprefix(_FOLDER): GoldenImage(sha256=entry.sha256, label=entry.label)
        for entry in sorted(manifest, key=lambda entry: entry.path)
        if entry.path.startswith(_FOLDER) and entry.path != _TABLE
    }


def names_today(before: GoldenSet, today: GoldenSet) -> dict[str, str]:
    """The name by the name it had, of every image of ``before`` that is still there, label and all.

    None of today's images stands for two of earlier: of two that were alike one may be gone.
    """
    return _matched(before, today, lambda image: (image.sha256, image.label))


def under_todays_names(
    snapshot: GoldenSnapshot, before: GoldenSet, today: GoldenSet
) -> GoldenSnapshot:
    """The answers under the names that their images have today; ``before`` is what they meant then.

    An image with another label now is still the one that was answered. Where the content is gone,
    and where ``before`` does not know the name, the answer stays with the name, and what is called
    so now is held against it, unless that is another image of ``before``.
    """
    answered = {name: image for name, image in before.items() if name in snapshot.by_image()}
    found = names_today(answered, today)
    found |= _matched(
        {name: image for name, image in answered.items() if name not in found},
        {name: image for name, image in today.items() if name not in found.values()},
        lambda image: image.sha256,
    )
    taken = set(found.values())
    answers = [
        answer.model_copy(update={"image": found.get(answer.image, answer.image)})
        for answer in snapshot.answers
        if answer.image in found or answer.image not in taken
    ]
    answers.sort(key=lambda answer: answer.image)
    return snapshot.model_copy(update={"answers": tuple(answers)})


def _matched(
    before: GoldenSet, today: GoldenSet, key: Callable[[GoldenImage], object]
) -> dict[str, str]:
    """One to one, those that kept their name first."""
    found = {
        name: name
        for name, image in before.items()
        if name in today and key(today[name]) == key(image)
    }
    free: dict[object, list[str]] = defaultdict(list)
    for name in sorted(today.keys() - found.keys(), reverse=True):
        free[key(today[name])].append(name)
    for name in sorted(before.keys() - found.keys()):
        if names := free[key(before[name])]:
            found[name] = names.pop()
    return found
