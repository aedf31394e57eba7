"""Evaluation: how good the classifier is on labelled images, every metric by scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.calibration import calibration_curve  # type: ignore[import-untyped]
from sklearn.metrics import (  # type: ignore[import-untyped]
    accuracy_score,
    confusion_matrix,
    log_loss,
    precision_recall_fscore_support,
)

from ml_ci.artifacts.evaluation import (
    CalibrationBin,
    ClassMetrics,
    Evaluation,
    Metrics,
    Prediction,
)
from ml_ci.errors import UserError
from ml_ci.model.classifier import Ladder
from ml_ci.model.images import LabelledImages
from ml_ci.progress import tracked
from ml_ci.steps import IMAGE, PROBABILITIES

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]


def evaluate(
    ladder: Ladder, untrained: Ladder, images: LabelledImages, calibration_bins: int
) -> tuple[Evaluation, tuple[Prediction, ...]]:
    """Measure ``ladder`` on ``images``; ``untrained`` is only measured for comparison.

    Raises UserError when there is no image, or an answer is not finite.
    """
    if not len(images):
        raise UserError(
            what="there is no image to evaluate on",
            where="data/test",
            fix="fetch the data with `dvc pull`, or add test images",
        )
    probabilities = predict(ladder, images)  # (N, K)
    evaluation = Evaluation(
        metrics=metrics_of(images.labels, probabilities, calibration_bins),
        untrained=metrics_of(images.labels, predict(untrained, images), calibration_bins),
        classes=_class_metrics(images.labels, probabilities, ladder.class_names),
        confusion=_confusion(images.labels, probabilities),
        calibration=calibration(images.labels, probabilities, calibration_bins),
    )
    return evaluation, _predictions(images, probabilities, ladder.class_names)


def predict(ladder: Ladder, images: LabelledImages) -> Floats:
    """Probabilities N×K, image by image: the batch must not be able to move an answer.

    Raises UserError naming the image when an answer is not finite.
    """
    rows = []
    pairs = list(zip(images.names, images.images, strict=True))
    for name, image in tracked(pairs, "evaluating"):
        row = ladder.run(IMAGE.name, image[None])[PROBABILITIES.name][0]  # (K,)
        if not np.isfinite(row).all():
            raise UserError(
                what="the network's answer is not finite",
                where=f"image {name}",
                fix="train again; `weights.safetensors` or network.py makes it overflow",
            )
        rows.append(row)
    return np.stack(rows)


def metrics_of(labels: Labels, probabilities: Floats, calibration_bins: int) -> Metrics:
    """Metrics from labels (N,) and probabilities N×K."""
    predicted = probabilities.argmax(axis=1)
    every = np.arange(probabilities.shape[1])
    _, _, f1, _ = _per_class(labels, predicted, every)
    exact = probabilities.astype(np.float64)
    return Metrics(
        images=len(labels),
        accuracy=float(accuracy_score(labels, predicted)),
        macro_f1=float(np.mean(f1)),
        expected_calibration_error=expected_calibration_error(
            calibration(labels, probabilities, calibration_bins)
        ),
        # float32 rows miss a sum of 1 by rounding, which scikit-learn warns about
        log_loss=float(log_loss(labels, exact / exact.sum(axis=1, keepdims=True), labels=every)),
    )


def calibration(labels: Labels, probabilities: Floats, bins: int) -> tuple[CalibrationBin, ...]:
    """Confidence against accuracy in equally wide bins of confidence; empty bins are left out."""
    confidence = probabilities.max(axis=1).astype(np.float64).clip(0, 1)  # (N,)
    right = probabilities.argmax(axis=1) == labels  # (N,)
    accuracy, mean_confidence = calibration_curve(
        right, confidence, n_bins=bins, strategy="uniform", pos_label=True
    )
    # calibration_curve leaves out empty bins and tells no counts; these are its own bin edges
    edges = np.linspace(0, 1, bins + 1)
    counts = np.bincount(np.searchsorted(edges[1:-1], confidence), minlength=bins)
    return tuple(
        CalibrationBin(confidence=float(mean), accuracy=float(share), images=int(count))
        for mean, share, count in zip(mean_confidence, accuracy, counts[counts > 0], strict=True)
    )


def expected_calibration_error(bins: Sequence[CalibrationBin]) -> float:
    """Mean |accuracy − confidence| over the bins, weighted by their images.

    Naeini, Cooper, Hauskrecht: "Obtaining well calibrated probabilities using Bayesian binning"
    (AAAI 2015); Guo et al.: "On calibration of modern neural networks" (ICML 2017), equation 3.
    """
    images = sum(bin_.images for bin_ in bins)
    return sum(bin_.images * abs(bin_.accuracy - bin_.confidence) for bin_ in bins) / images


def _per_class(labels: Labels, predicted: Labels, every: Labels) -> tuple[Any, Any, Any, Any]:
    result: tuple[Any, Any, Any, Any] = precision_recall_fscore_support(
        labels, predicted, labels=every, zero_division=0
    )
    return result


def _class_metrics(
    labels: Labels, probabilities: Floats, class_names: Sequence[str]
) -> tuple[ClassMetrics, ...]:
    every = np.arange(len(class_names))
    columns = _per_class(labels, probabilities.argmax(axis=1), every)
    return tuple(
        ClassMetrics(
            name=name,
            precision=float(precision),
            recall=float(recall),
            f1=float(f1),
            support=int(support),
        )
        for name, precision, recall, f1, support in zip(class_names, *columns, strict=True)
    )


def _confusion(labels: Labels, probabilities: Floats) -> tuple[tuple[int, ...], ...]:
    every = np.arange(probabilities.shape[1])
    matrix = confusion_matrix(labels, probabilities.argmax(axis=1), labels=every)
    return tuple(tuple(int(count) for count in row) for row in matrix)


def _predictions(
    images: LabelledImages, probabilities: Floats, class_names: Sequence[str]
) -> tuple[Prediction, ...]:
    return tuple(
        Prediction(
            image=name,
            label=class_names[label],
            predicted=class_names[row.argmax()],
            confidence=float(row.max()),
        )
        for name, label, row in zip(images.names, images.labels, probabilities, strict=True)
    )
