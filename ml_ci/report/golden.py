"""The two conditions of the gate about the golden set: its answers and its images."""

from __future__ import annotations

from ml_ci.golden.result import Answers, GoldenChanges, ImageChange, Images, Move
from ml_ci.report.check_names import GOLDEN_ANSWERS, GOLDEN_SET
from ml_ci.report.schema import GateCheck, Subset

_NAMED = 3
"""Images a sentence names before it counts the rest: it has to fit a line of a terminal."""


def golden_checks(golden: GoldenChanges, subset: Subset | None = None) -> tuple[GateCheck, ...]:
    """Answers first, then images."""
    trained = subset is not None and subset.trained
    return (
        _answers_check(golden.answers, on_subset=trained),
        _images_check(golden.images),
    )


def _answers_check(answers: Answers, *, on_subset: bool) -> GateCheck:
    if answers.moved:
        which = _some([moved_in_words(move) for move in answers.moves], answers.moved)
        sentence = (
            f"{answers.moved} of {answers.compared} moved with the same weights; if that is meant: "
            f"`ml-ci golden accept`, then commit metrics/golden.json. Moved: {which}"
        )
        sentence = f"{answers.problem}; {sentence}" if answers.problem else sentence
        return GateCheck(name=GOLDEN_ANSWERS, outcome="fail", sentence=sentence)
    if answers.problem:
        sentence = f"{answers.problem}; look at it, run `ml-ci golden accept` and commit it"
        return GateCheck(name=GOLDEN_ANSWERS, outcome="fail", sentence=sentence)
    sentence = _good_answers(answers)
    if on_subset and not answers.compared:
        sentence = "of weights that were trained on a public subset: there are none to hold against"
    return GateCheck(name=GOLDEN_ANSWERS, outcome="pass", sentence=sentence)


def _good_answers(answers: Answers) -> str:
    new = answers.images - answers.compared
    if not answers.compared:
        return "the first of these weights, nothing to accept; commit metrics/golden.json"
    sentence = f"{answers.compared} of {answers.compared} are as accepted for these weights"
    return f"{sentence}, {new} new; commit metrics/golden.json" if new else sentence


def _images_check(images: Images) -> GateCheck:
    if images.denied:
        denied = [changed_in_words(one) for one in images.changes if not one.allowed]
        sentence = (
            f"{images.denied} removed or changed without being allowed: "
            f"{_some(denied, images.denied)}; if that is meant, write in params.yaml: {images.line}"
        )
        return GateCheck(name=GOLDEN_SET, outcome="fail", sentence=sentence)
    if images.commit is None:
        return GateCheck(name=GOLDEN_SET, outcome="pass", sentence="no base to compare it with")
    renamed = sum(one.kind == "renamed" for one in images.changes)
    others = images.changed - renamed
    counts = [
        f"{images.added} added" if images.added else "",
        f"{renamed} renamed" if renamed else "",
        f"{others} removed or changed, as allowed" if others else "",
    ]
    told = ", ".join(count for count in counts if count)
    return GateCheck(name=GOLDEN_SET, outcome="pass", sentence=told or "the same as in the base")


def moved_in_words(move: Move) -> str:
    """`a.png (6 → 8)`, or with the probability where the class stayed."""
    if move.after != move.before:
        return f"{move.image} ({move.before} → {move.after})"
    now = "gone" if move.now is None else f"{move.now:.3f}"
    return f"{move.image} ({move.before}: {move.then:.3f} → {now})"


def changed_in_words(change: ImageChange) -> str:
    """`a.png (removed)`."""
    note = f", {change.note}" if change.note else ""
    return f"{change.image} ({change.kind}{note})"


def _some(names: list[str], count: int) -> str:
    rest = count - len(names[:_NAMED])
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
