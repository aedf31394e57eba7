"""The golden answers of two branches, made one: what either of them accepted of the same weights.

dvc.lock and the numbers come from one branch, whose weights are kept. Answers are a person's, and
both branches may hold some: they are merged image by image, from what both come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import GoldenAnswer, GoldenSnapshot
from ml_ci.data.manifest import some_of
from ml_ci.errors import UserError
from ml_ci.golden.accepted import committed_answers
from ml_ci.golden.naming import GoldenSet
from ml_ci.merging.conflict import Conflict
from ml_ci.repository import CommitFiles
from ml_ci.steps import PROBABILITIES

Whose = Literal["ours", "theirs"]
"""Whose answer counts where both branches accepted one, each another: in git's words."""


Answers = Mapping[str, GoldenAnswer]
"""By image."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """The answers of both branches and of what they come from, all of the same weights."""

    base: Answers
    ours: Answers
    theirs: Answers
    noise: float
    """How far two confidences may be apart and still be one answer."""


def unite_answers(
    conflict: Conflict, side: CommitFiles, today: GoldenSet, whose: Whose | None
) -> GoldenSnapshot | None:
    """What metrics/golden.json has to hold when dvc.lock is taken from ``side``.

    ``today`` is the merged golden set. None when neither branch has answers that can be read.
    Raises UserError naming images of which both accepted another answer, unless ``whose`` says
    which counts.
    """
    base, ours, theirs = (
        committed_answers(one.commit, today)[0]
        for one in (conflict.base, conflict.ours, conflict.theirs)
    )
    first: Whose = "ours" if side is conflict.ours else "theirs"
    leading = (ours or theirs) if first == "ours" else (theirs or ours)
    if leading is None:
        return None
    rounding = max(one.rounding for one in (ours, theirs) if one is not None)
    given = Given(
        base=_of_these_weights(base, leading),
        ours=_of_these_weights(ours, leading),
        theirs=_of_these_weights(theirs, leading),
        noise=PROBABILITIES.smallest_floor + 2 * rounding,
    )
    merged, clashes = merge_answers(given, first)
    if clashes and whose is None:
        raise _undecided(conflict, given, clashes)
    merged |= {image: (given.ours if whose == "ours" else given.theirs)[image] for image in clashes}
    answers = tuple(merged[image] for image in sorted(merged) if image in today)
    return leading.model_copy(update={"answers": answers})


def merge_answers(given: Given, first: Whose) -> tuple[dict[str, GoldenAnswer], list[str]]:
    """Three-way merge, image by image; of two that are one answer that of ``first``.

    An answer that one branch has not was not taken back: an image has one as long as it is there.
    Returns the merged answers, and the images of which both branches accepted another one.
    """
    merged, clashes = {}, []
    for image in sorted(given.ours.keys() | given.theirs.keys()):
        was, ours, theirs = (side.get(image) for side in (given.base, given.ours, given.theirs))
        if ours is None or theirs is None:
            answer = ours or theirs
        elif _alike(ours, theirs, given.noise):
            answer = ours if first == "ours" else theirs
        elif was is not None and _alike(was, ours, given.noise):
            answer = theirs
        elif was is not None and _alike(was, theirs, given.noise):
            answer = ours
        else:
            clashes.append(image)
            continue
        if answer is not None:
            merged[image] = answer
    return merged, clashes


def _of_these_weights(snapshot: GoldenSnapshot | None, leading: GoldenSnapshot) -> Answers:
    """With other weights answers are others, and nothing to merge."""
    same = snapshot is not None and snapshot.weights_sha256 == leading.weights_sha256
    return snapshot.by_image() if snapshot is not None and same else {}


def _alike(one: GoldenAnswer, other: GoldenAnswer, noise: float) -> bool:
    """Two machines that measure the same differ in the last digits."""
    return one.predicted == other.predicted and abs(one.confidence - other.confidence) <= noise


def _undecided(conflict: Conflict, given: Given, clashes: list[str]) -> UserError:
    told = [
        f"{image} ({_told(given.ours[image])} in ours, {_told(given.theirs[image])} in theirs)"
        for image in clashes
    ]
    return UserError(
        what=f"both branches accepted golden answers, each others, of: {some_of(told)}",
        where=str(paths.GOLDEN_JSON),
        fix="say which are meant: `ml-ci resolve --answers ours` for those of "
        f"{conflict.ours.commit[:12]}, `--answers theirs` for those of "
        f"{conflict.theirs.commit[:12]}; what the merged code answers is then held against them, "
        "and where it is neither, `ml-ci golden accept` accepts it",
    )


def _told(answer: GoldenAnswer) -> str:
    return f"{answer.predicted} {answer.confidence:.3f}"
