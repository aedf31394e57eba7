"""Metrics now and in the base, each with how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ml_ci.artifacts.evaluation import Metrics, Prediction
from ml_ci.artifacts.paired import Interval
from ml_ci.chance.pairing import Pair
from ml_ci.chance.resampling import (
    Answers,
    Coder,
    Metric,
    accuracy,
    change_intervals,
    expected_calibration_error,
    intervals,
    macro_f1,
    value_of,
)
from ml_ci.changes.result import MetricChange

_TITLES = {
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "expected_calibration_error": "expected calibration error",
}
_HIGHER_IS_BETTER = {"accuracy", "macro_f1"}
_NO_INTERVAL = (
    "no interval: metrics/predictions.csv keeps the probability of the answer, not of the label"
)
_NOTHING_VARIES = "no interval: it is the same whichever of these images are drawn"
_OTHER_IMAGES = "no change: the test images are not the same"


def metric_changes(
    now: Metrics,
    predictions: Sequence[Prediction],
    base: Mapping[str, float] | None,
    before: Sequence[Prediction],
    pairs: Sequence[Pair],
    *,
    bins: int,
    classes: int,
) -> tuple[MetricChange, ...]:
    """Accuracy, macro F1, calibration error and log loss.

    ``base`` and ``before`` are the base's metrics and predictions, ``pairs`` the answers on what
    both have; ``bins`` those of the calibration error; ``classes`` how many the network knows.
    """
    coder = Coder(row for rows in (predictions, before) for row in rows)
    metrics: dict[str, Metric] = {
        "accuracy": accuracy,
        "macro_f1": macro_f1(max(classes, len(coder.names))),
        "expected_calibration_error": expected_calibration_error(bins),
    }
    values = {name: float(getattr(now, name)) for name in metrics}
    now_intervals = _around(values, metrics, coder.answers(predictions))
    base_values = {name: base[name] for name in metrics if base is not None and name in base}
    base_intervals = _around(base_values, metrics, coder.answers(before)) if before else {}
    changes, change_ranges = _changes(metrics, pairs, coder)
    measured = tuple(
        MetricChange(
            name=title,
            value=values[name],
            interval=now_intervals[name],
            base=base_values.get(name),
            base_interval=base_intervals.get(name),
            change=changes.get(name),
            change_interval=change_ranges.get(name),
            higher_is_better=name in _HIGHER_IS_BETTER,
            note="" if now_intervals[name] else _NOTHING_VARIES,
        )
        for name, title in _TITLES.items()
    )
    same = bool(pairs) and len(pairs) == len(predictions) == len(before)
    return (*measured, _log_loss(now, base, same_images=same))


def _around(
    values: Mapping[str, float], metrics: Mapping[str, Metric], answers: Answers
) -> dict[str, Interval | None]:
    """Intervals around ``values``, which were measured before confidences were rounded."""
    found = intervals([metrics[name] for name in values], answers)
    return {
        name: None if one is None else _moved(one, values[name] - value_of(metrics[name], answers))
        for name, one in zip(values, found, strict=True)
    }


def _moved(interval: Interval, by: float) -> Interval:
    low, high = (min(1.0, max(0.0, end + by)) for end in (interval.low, interval.high))
    return Interval(low=low, high=high)


def _changes(
    metrics: Mapping[str, Metric], pairs: Sequence[Pair], coder: Coder
) -> tuple[dict[str, float], dict[str, Interval | None]]:
    """Change and its interval by metric, on the pairs: both sides are rounded alike."""
    if not pairs:
        return {}, {}
    before = coder.answers([pair.before for pair in pairs])
    after = coder.answers([pair.after for pair in pairs])
    changes = {
        name: value_of(metric, after) - value_of(metric, before) for name, metric in metrics.items()
    }
    found = change_intervals(list(metrics.values()), before, after)
    return changes, dict(zip(metrics, found, strict=True))


def _log_loss(now: Metrics, base: Mapping[str, float] | None, *, same_images: bool) -> MetricChange:
    before = None if base is None else base.get("log_loss")
    note = _NO_INTERVAL
    if before is not None and not same_images:
        note = f"{note}; {_OTHER_IMAGES}"
    return MetricChange(
        name="log loss",
        value=now.log_loss,
        interval=None,
        base=before,
        base_interval=None,
        change=now.log_loss - before if before is not None and same_images else None,
        change_interval=None,
        higher_is_better=False,
        note=note,
    )
