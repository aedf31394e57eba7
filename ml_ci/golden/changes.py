"""Everything about the golden set over time, from what lies in the checkout."""

from __future__ import annotations

from collections.abc import Sequence

from ml_ci.artifacts import paths
from ml_ci.artifacts.golden import GoldenSnapshot
from ml_ci.artifacts.records import ReferenceRecord
from ml_ci.base.results import Base
from ml_ci.data.manifest import Entry
from ml_ci.golden.accepted import committed_answers, find_accepted, golden_state
from ml_ci.golden.answers import MeasuredAnswers, behaviour_since, judge_answers
from ml_ci.golden.images import compare_images
from ml_ci.golden.naming import GoldenSet, golden_images, under_todays_names
from ml_ci.golden.result import GoldenChanges
from ml_ci.params.golden import GoldenSettings
from ml_ci.trace.reading import Trace


def golden_changes(
    record: ReferenceRecord,
    manifest: Sequence[Entry],
    settings: GoldenSettings,
    base: Base | None,
) -> GoldenChanges:
    """Answers and images of this run beside those that were accepted and those of ``base``.

    ``record`` is what the reference measured; its trace lies in its place.
    """
    measured = MeasuredAnswers(record, Trace.open(paths.trace_folder(paths.REFERENCE)))
    today = golden_images(manifest)
    accepted = find_accepted(today)
    before = [] if base is None else _answers_of(base, today)
    behaviour = None
    if base is not None and base.numbers is not None:
        behaviour = behaviour_since(measured, accepted, before, base.commit)
    return GoldenChanges(
        state=golden_state(),
        answers=judge_answers(measured, accepted, before),
        behaviour=behaviour,
        images=compare_images(manifest, base, settings),
    )


def _answers_of(base: Base, today: GoldenSet) -> list[GoldenSnapshot]:
    """What was accepted in the base, and last what was measured of it, where they are known.

    What was accepted there holds also where the base's numbers are of no use: it was committed.
    """
    accepted = committed_answers(base.commit, today)[0]
    before = [] if accepted is None else [accepted]
    if base.numbers is not None and (base.source != "committed" or accepted is None):
        images = golden_images(base.manifest)
        before.append(under_todays_names(base.numbers.golden, images, today))
    return before
