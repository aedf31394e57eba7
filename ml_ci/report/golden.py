"""The two conditions of the gate about the golden set: its answers and its images."""

from __future__ import annotations

from ml_ci.golden.result import Answers, GoldenChanges, ImageChange, Images, Move
from ml_ci.report.schema import GateCheck

ANSWERS, IMAGES = "golden answers", "golden set"
_NAMED = 3
"""Images a sentence names before it counts the rest: it has to fit a line of a terminal."""


def golden_checks(golden: GoldenChanges) -> tuple[GateCheck, ...]:
    """Answers first, then images."""
    return _answers_check(golden.answers), _images_check(golden.images)


def _answers_check(answers: Answers) -> GateCheck:
    problems = [answers.problem] if answers.problem else []
    if answers.moved:
        problems.append(
            f"{len(answers.moved)} of {answers.compared} moved with the same weights; if that is "
            f"meant, run `ml-ci golden accept` and commit metrics/golden.json: "
            f"{_some([moved_in_words(move) for move in answers.moved])}"
        )
    elif answers.problem:
        problems.append("run `ml-ci golden accept` and commit it")
    if problems:
        return GateCheck(name=ANSWERS, outcome="fail", sentence="; ".join(problems))
    new = answers.images - answers.compared
    if not answers.compared:
        sentence = "the first of these weights, so none had to stay; commit metrics/golden.json"
    else:
        sentence = f"{answers.compared} as accepted for these weights"
        sentence += f", {new} new; commit metrics/golden.json" if new else ""
    return GateCheck(name=ANSWERS, outcome="pass", sentence=sentence)


def _images_check(images: Images) -> GateCheck:
    missing = [change for change in images.changes if not change.allowed]
    if missing:
        sentence = (
            f"{len(missing)} removed or changed without being allowed; if that is meant, write "
            f"`{images.line}` in params.yaml: {_some([changed_in_words(one) for one in missing])}"
        )
        return GateCheck(name=IMAGES, outcome="fail", sentence=sentence)
    if images.commit is None:
        return GateCheck(name=IMAGES, outcome="pass", sentence="no base to compare it with")
    counts = [
        f"{len(images.added)} added" if images.added else "",
        f"{len(images.changes)} removed or changed, as allowed" if images.changes else "",
    ]
    told = ", ".join(count for count in counts if count)
    return GateCheck(name=IMAGES, outcome="pass", sentence=told or "every image of the base")


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


def _some(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
