"""Answers on the golden set, held against those that were accepted and those of the base.

An answer has moved when another class is answered, or when the probability of the class answered
then has moved by more than the noise floor of `probabilities` plus the rounding of the snapshot. A
flip between two classes that are equally probable within the noise is no movement: benign machines
differ in it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ml_ci.artifacts.golden import GoldenAnswer, GoldenSnapshot
from ml_ci.artifacts.records import ReferenceRecord
from ml_ci.golden.accepted import Accepted
from ml_ci.golden.result import LISTED, Answers, Behaviour, Move
from ml_ci.steps import PROBABILITIES
from ml_ci.trace.reading import Trace


class MeasuredAnswers:
    """What the reference answered in this run: its record, and the probabilities in its trace."""

    def __init__(self, record: ReferenceRecord, trace: Trace) -> None:
        self.record = record
        self._trace = trace
        self._answers = {answer.image: answer for answer in record.answers}

    def moves_since(
        self, earlier: GoldenSnapshot, images: Collection[str] | None = None
    ) -> tuple[Move, ...]:
        """The answers of ``earlier`` that are others now, flips first, then by size.

        ``images`` limits it to some; images that only one side has answered are left out. None of
        the moves counts as accepted.
        """
        allowed = self.record.probability_noise + earlier.rounding
        moves = []
        for before in earlier.answers:
            now = self._answers.get(before.image)
            if now is not None and (images is None or before.image in images):
                move = self._move(before, now, allowed)
                moves += [] if move is None else [move]
        return worst_first(moves)

    def answered(self, earlier: GoldenSnapshot) -> frozenset[str]:
        """Images that ``earlier`` has answered and this run, too."""
        return frozenset(self._answers.keys() & earlier.by_image().keys())

    def same_weights(self, earlier: GoldenSnapshot) -> bool:
        """Whether ``earlier`` answered with the weights of this run."""
        return self.record.weights_sha256 == earlier.weights_sha256

    def _move(self, before: GoldenAnswer, now: GoldenAnswer, allowed: float) -> Move | None:
        probability = self._probability(before.image, before.predicted)
        stays = probability is not None and abs(probability - before.confidence) <= allowed
        # Both classes may move by the allowance, towards each other
        tie = probability is not None and now.confidence - probability <= 2 * allowed
        if stays and (now.predicted == before.predicted or tie):
            return None
        return Move(
            image=before.image,
            before=before.predicted,
            after=now.predicted,
            then=before.confidence,
            now=probability,
            accepted=False,
        )

    def _probability(self, image: str, name: str) -> float | None:
        """Of the class ``name`` on ``image``; None when the network has no such class."""
        if name not in self.record.class_names:
            return None
        array = self._trace.array(image, PROBABILITIES.name)
        if array is None:
            raise RuntimeError(f"the trace of the reference keeps no probabilities of {image}")
        return float(array.reshape(-1)[self.record.class_names.index(name)])


def judge_answers(
    measured: MeasuredAnswers, accepted: Accepted, base: Sequence[GoldenSnapshot]
) -> Answers:
    """What moved although the weights stayed the same, and nobody accepted."""
    compared, moves = unaccepted_moves(measured, accepted, base)
    return Answers(
        images=len(measured.record.answers),
        compared=len(compared),
        noise=measured.record.probability_noise,
        moved=len(moves),
        moves=moves[:LISTED],
        problem=accepted.problem,
    )


def unaccepted_moves(
    measured: MeasuredAnswers, accepted: Accepted, base: Sequence[GoldenSnapshot]
) -> tuple[frozenset[str], tuple[Move, ...]]:
    """Images that were answered before with these weights, and the moves that nobody accepted.

    Each is held against the accepted answer; where there is none, because the snapshot was deleted,
    damaged, shortened or is of other weights, against the base's, of which there may be several:
    the first that has one counts. So no answer becomes right by being deleted. What lies in
    metrics/golden.json must not contradict what was measured either.
    """
    compared: frozenset[str] = frozenset()
    moves: list[Move] = []
    for earlier in (*accepted.earlier, *base):
        if measured.same_weights(earlier):
            images = measured.answered(earlier) - compared
            moves += measured.moves_since(earlier, images)
            compared |= images
    if accepted.here is not None and measured.same_weights(accepted.here):
        known = {move.image for move in moves}
        wrong = [move for move in measured.moves_since(accepted.here) if move.image not in known]
        moves += wrong
        compared |= {move.image for move in wrong}
    return compared, worst_first(moves)


def behaviour_since(
    measured: MeasuredAnswers, accepted: Accepted, base: Sequence[GoldenSnapshot], commit: str
) -> Behaviour:
    """Today's answers beside those of the base, the last of ``base``.

    What the gate does not complain of is accepted.
    """
    since = base[-1]
    same = measured.same_weights(since)
    unaccepted = {move.image for move in unaccepted_moves(measured, accepted, base)[1]}
    moves = [
        move.model_copy(update={"accepted": same and move.image not in unaccepted})
        for move in measured.moves_since(since)
    ]
    return Behaviour(
        commit=commit,
        same_weights=same,
        compared=len(measured.answered(since)),
        moved=len(moves),
        flips=sum(move.before != move.after for move in moves),
        moves=tuple(moves[:LISTED]),
    )


def worst_first(moves: Collection[Move]) -> tuple[Move, ...]:
    """Flips first, then by how far the probability moved; a class that is gone moved furthest."""

    def order(move: Move) -> tuple[bool, float, str]:
        distance = 1.0 if move.now is None else abs(move.now - move.then)
        return (move.before == move.after, -distance, move.image)

    return tuple(sorted(moves, key=order))
