"""Resampling: how far a metric on these test images moves when other images are drawn.

The bootstrap draws the test images again, with replacement. Images with the same label, answer and
rounded confidence cannot be told apart by any of the metrics, so they are drawn together, as one
cell of a multinomial: the same distribution, at a fraction of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import ndtr, ndtri

from ml_ci.artifacts.evaluation import Prediction
from ml_ci.artifacts.paired import Interval

LEVEL = 0.95  # of every interval
# The 2.5 % quantile of 2000 draws rests on 50 of them: its own error is a sixth of its distance
# from the median of a normal sample, less than what a reader takes from two digits.
DRAWS = 2000
_FEWEST_DRAWS = 200
_WORK = 20_000_000  # cells drawn in all, about 2 s; with more cells there are fewer draws
_BATCH = 2_000_000  # cells in memory at once: 16 MB of counts
_SEED = 20261121  # any number: the same report gives the same interval

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What a network says on some images; all arrays are (N,)."""

    labels: Ints
    predicted: Ints
    confidence: Floats
    """Probability of the predicted class, 0–1."""

    def take(self, rows: Ints) -> Answers:
        """These images only."""
        return Answers(
            labels=self.labels[rows],
            predicted=self.predicted[rows],
            confidence=self.confidence[rows],
        )


class Coder:
    """Class names as numbers."""

    def __init__(self, rows: Iterable[Prediction]) -> None:
        """``rows`` hold every name that is going to be coded."""
        self.names = {
            name: number
            for number, name in enumerate(
                sorted({name for row in rows for name in (row.label, row.predicted)})
            )
        }

    def answers(self, rows: Sequence[Prediction]) -> Answers:
        """The predictions as arrays."""
        return Answers(
            labels=np.array([self.names[row.label] for row in rows], np.int64),
            predicted=np.array([self.names[row.predicted] for row in rows], np.int64),
            confidence=np.array([row.confidence for row in rows], np.float64),
        )


Metric = Callable[[Answers, Floats], Floats]
"""Values (R,) of a metric when each image counts as often as each row of counts R×N says."""
Statistic = Callable[[Floats], Floats]


def accuracy(answers: Answers, counts: Floats) -> Floats:
    """Share of images answered with their label, 0–1."""
    right = (answers.labels == answers.predicted).astype(np.float64)
    return _floats(counts @ right / counts.sum(axis=1))


def macro_f1(classes: int) -> Metric:
    """Mean F1, 0–1, over those of ``classes`` classes that have an image.

    A class without one, among the images or in a draw of them, has no F1: as 0 it would pull the
    mean, or the whole distribution of small classes, down. To answer with it is still a mistake.
    """

    def metric(answers: Answers, counts: Floats) -> Floats:
        right = answers.labels == answers.predicted
        labels = _members(answers.labels, classes)
        support = labels @ counts.T  # (K, R): tp + fn
        both = support + _members(answers.predicted, classes) @ counts.T  # (K, R): 2 tp + fp + fn
        hits = labels[:, right] @ counts[:, right].T  # (K, R)
        # 0 of a class without an image, whoever was taken for one
        scores = np.divide(2 * hits, both, out=np.zeros_like(both), where=both > 0)
        return _floats(scores.sum(axis=0) / (support > 0).sum(axis=0))

    return metric


def expected_calibration_error(bins: int) -> Metric:
    """Mean |accuracy − confidence| over equally wide bins of confidence, as `evaluate` has it."""
    edges = np.linspace(0, 1, bins + 1)

    def metric(answers: Answers, counts: Floats) -> Floats:
        members = _members(np.searchsorted(edges[1:-1], answers.confidence), bins)
        gap = (answers.labels == answers.predicted) - answers.confidence  # (N,)
        gaps = members.multiply(gap[None, :]).tocsr() @ counts.T  # (bins, R)
        return _floats(np.abs(gaps).sum(axis=0) / counts.sum(axis=1))

    return metric


def value_of(metric: Metric, answers: Answers) -> float:
    """The metric on every image once."""
    return float(metric(answers, np.ones((1, answers.labels.size)))[0])


def intervals(metrics: Sequence[Metric], answers: Answers) -> tuple[Interval | None, ...]:
    """Bootstrap interval of each metric; None for one that is the same in every draw."""
    first, counts = _cells(_columns(answers))
    cells = answers.take(first)
    return _intervals([partial(metric, cells) for metric in metrics], counts)


def change_intervals(
    metrics: Sequence[Metric], before: Answers, after: Answers
) -> tuple[Interval | None, ...]:
    """Bootstrap interval of after − before, each: the images are drawn in pairs, so that what is
    hard for both sides cancels. None for one that is the same in every draw."""
    first, counts = _cells(np.column_stack([_columns(before), _columns(after)]))
    old, new = before.take(first), after.take(first)

    def difference(metric: Metric, drawn: Floats) -> Floats:
        return metric(new, drawn) - metric(old, drawn)

    return _intervals([partial(difference, metric) for metric in metrics], counts)


def _intervals(statistics: Sequence[Statistic], counts: Ints) -> tuple[Interval | None, ...]:
    estimates = [float(one(counts[None, :].astype(np.float64))[0]) for one in statistics]
    draws = [[statistic(drawn) for statistic in statistics] for drawn in _draws(counts)]
    columns = [np.concatenate(column) for column in zip(*draws, strict=True)]
    return tuple(map(_interval, estimates, columns))


def _interval(estimate: float, draws: Floats) -> Interval | None:
    """The bias-corrected percentile interval.

    Efron: "Nonparametric standard errors and confidence intervals" (1981), section 9. The
    correction matters for the calibration error, which a draw can hardly make smaller.
    """
    if np.ptp(draws) == 0:
        return None
    below = np.mean(draws < estimate) + np.mean(draws == estimate) / 2
    bias = ndtri(np.clip(below, 1 / draws.size, 1 - 1 / draws.size))
    spread = ndtri((1 + LEVEL) / 2)
    low, high = np.quantile(draws, [ndtr(2 * bias - spread), ndtr(2 * bias + spread)])
    return Interval(low=float(low), high=float(high))


def _draws(counts: Ints) -> Iterator[Floats]:
    """Rows of counts, each a sample of as many images; batches that memory holds."""
    random = np.random.default_rng(_SEED)
    images = int(counts.sum())
    left = max(_FEWEST_DRAWS, min(DRAWS, _WORK // counts.size))
    while left:
        rows = min(left, max(1, _BATCH // counts.size))
        yield random.multinomial(images, counts / images, size=rows).astype(np.float64)
        left -= rows


def _columns(answers: Answers) -> Floats:
    return np.column_stack([answers.labels, answers.predicted, answers.confidence])


def _cells(columns: Floats) -> tuple[Ints, Ints]:
    """An image of each kind, and how many there are of its kind."""
    _, first, counts = np.unique(columns, axis=0, return_index=True, return_counts=True)
    return first.astype(np.int64), counts.astype(np.int64)


def _members(groups: NDArray[Any], size: int) -> sparse.csr_matrix:
    """One row per group with a 1 for each of its images: size×N."""
    ones = np.ones(groups.size)
    return sparse.csr_matrix((ones, (groups, np.arange(groups.size))), shape=(size, groups.size))


def _floats(values: Any) -> Floats:
    return np.asarray(values, np.float64).ravel()
