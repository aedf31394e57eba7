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
from ml_ci.changes.result import Compared, MetricChange

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
_OTHER_IMAGES = "not compared: for that the test images would have to be the same, all of them"


def metric_changes(
    now: Metrics,
    predictions: Sequence[Prediction],
    base: Mapping[str, float] | None,
    before: Sequence[Prediction],
    pairs: Sequence[Pair],
    *,
    bins: int,
) -> tuple[MetricChange, ...]:
    """Accuracy, macro F1, calibration error and log loss.

    ``base`` and ``before`` are the base's metrics and predictions, ``pairs`` the answers on what
    both have; ``bins`` those of the calibration error.
    """
    coder = Coder(row for rows in (predictions, before) for row in rows)
    metrics: dict[str, Metric] = {
        "accuracy": accuracy,
        "macro_f1": macro_f1(len(coder.names)),
        "expected_calibration_error": expected_calibration_error(bins),
    }
    values = {name: float(getattr(now, name)) for name in metrics}
    around = _around(values, metrics, coder.answers(predictions))
    same = bool(pairs) and len(pairs) == len(predictions) == len(before)
    compared = _on_shared(metrics, pairs, coder) if pairs else {}
    if same:
        compared = _exactly(compared, values, base or {})
    measured = tuple(
        MetricChange(
            name=title,
            value=values[name],
            interval=around[name],
            compared=compared.get(name),
            higher_is_better=name in _HIGHER_IS_BETTER,
            note="" if around[name] else _NOTHING_VARIES,
        )
        for name, title in _TITLES.items()
    )
    return (*measured, _log_loss(now, base, same_images=same))


def _on_shared(
    metrics: Mapping[str, Metric], pairs: Sequence[Pair], coder: Coder
) -> dict[str, Compared]:
    """Both sides on the images that they share, so that what a row says fits together."""
    old = coder.answers([pair.before for pair in pairs])
    new = coder.answers([pair.after for pair in pairs])
    every = list(metrics.values())
    ranges = zip(
        metrics,
        intervals(every, new),
        intervals(every, old),
        change_intervals(every, old, new),
        strict=True,
    )
    classes = len({pair.after.label for pair in pairs})
    compared = {}
    for name, of_now, of_base, of_change in ranges:
        now, base = value_of(metrics[name], new), value_of(metrics[name], old)
        compared[name] = Compared(
            now=now,
            now_interval=of_now,
            base=base,
            base_interval=of_base,
            change=now - base,
            change_interval=of_change,
            classes=classes if name == "macro_f1" else None,
        )
    return compared


def _exactly(
    compared: Mapping[str, Compared], now: Mapping[str, float], base: Mapping[str, float]
) -> dict[str, Compared]:
    """What was computed from rounded confidences, moved to what was measured before rounding."""
    return {
        name: _moved_to(about, now[name], base[name])
        for name, about in compared.items()
        if name in base
    }


def _moved_to(about: Compared, now: float, base: float) -> Compared:
    return Compared(
        now=now,
        now_interval=_moved(about.now_interval, now - about.now),
        base=base,
        base_interval=_moved(about.base_interval, base - about.base),
        change=now - base,
        change_interval=_moved(about.change_interval, now - base - about.change, lowest=-1.0),
        classes=about.classes,
    )


def _around(
    values: Mapping[str, float], metrics: Mapping[str, Metric], answers: Answers
) -> dict[str, Interval | None]:
    """Intervals around ``values``, which were measured before confidences were rounded."""
    found = intervals([metrics[name] for name in values], answers)
    return {
        name: _moved(one, values[name] - value_of(metrics[name], answers))
        for name, one in zip(values, found, strict=True)
    }


def _moved(interval: Interval | None, by: float, lowest: float = 0.0) -> Interval | None:
    if interval is None:
        return None
    low, high = (min(1.0, max(lowest, end + by)) for end in (interval.low, interval.high))
    return Interval(low=low, high=high)


def _log_loss(now: Metrics, base: Mapping[str, float] | None, *, same_images: bool) -> MetricChange:
    before = base.get("log_loss") if base is not None and same_images else None
    other = base is not None and not same_images
    return MetricChange(
        name="log loss",
        value=now.log_loss,
        interval=None,
        compared=None
        if before is None
        else Compared(
            now=now.log_loss,
            now_interval=None,
            base=before,
            base_interval=None,
            change=now.log_loss - before,
            change_interval=None,
            classes=None,
        ),
        higher_is_better=False,
        note=f"{_NO_INTERVAL}; {_OTHER_IMAGES}" if other else _NO_INTERVAL,
    )
