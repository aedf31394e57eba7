"""Another function than softmax makes the probabilities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.fault import Make
from ml_ci.parity.faults.plain import Plain
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import PROBABILITIES

Floats = NDArray[Any]


def _of_logits(function: Callable[[Floats], Floats]) -> Make:
    """``function`` of (N, K) logits; what overflows or divides by zero cannot be made."""

    def make(logits: Floats, reference: Reference) -> Floats:
        del reference
        with np.errstate(all="ignore"):
            made = function(logits)
        if not np.isfinite(made).all():
            raise StepError("it overflows")
        return made

    return make


def _of_probabilities(function: Callable[[Floats], Floats]) -> Make:
    def make(logits: Floats, reference: Reference) -> Floats:
        return function(reference.probabilities(logits))

    return make


def _twice(logits: Floats, reference: Reference) -> Floats:
    return reference.probabilities(reference.probabilities(logits))


def _over_images(logits: Floats, reference: Reference) -> Floats:
    return np.ascontiguousarray(reference.probabilities(np.ascontiguousarray(logits.T)).T)


def _shared(values: Floats) -> Floats:
    shares: Floats = values / values.sum(axis=1, keepdims=True)
    return shares


def _log_softmax(logits: Floats) -> Floats:
    less = logits - logits.max(axis=1, keepdims=True)
    logs: Floats = less - np.log(np.exp(less).sum(axis=1, keepdims=True))
    return logs


def _with_one(logits: Floats) -> Floats:
    """exp ÷ (1 + Σ exp), without overflow."""
    most = np.maximum(logits.max(axis=1, keepdims=True), 0)
    parts = np.exp(logits - most)
    made: Floats = parts / (np.exp(-most) + parts.sum(axis=1, keepdims=True))
    return made


def _largest_only(probabilities: Floats) -> Floats:
    made = np.zeros_like(probabilities)
    made[np.arange(len(made)), probabilities.argmax(axis=1)] = 1
    return made


_REMOVE = "apply softmax over the classes to the logits, once"
_END = "ml_ci/model/network.py returns logits: no softmax at its end"
_ANY = "any picture"
_UNSURE = "any picture that is not answered with certainty"
_PLAUSIBLE = "plausible"
_SAID: tuple[tuple[str, str, str, str, str, Make], ...] = (
    (
        "softmax-twice",
        "Softmax applied twice",
        "softmax applied twice",
        "the same labels, none surer than a few times 1 ÷ classes",
        "remove one softmax: the exported model has one at its end",
        _twice,
    ),
    (
        "softmax-missing",
        "Softmax missing",
        "logits answered as probabilities: no softmax",
        "scores below 0 or above 1, which do not add up to 1",
        _REMOVE,
        _of_logits(lambda logits: logits),
    ),
    (
        "sigmoid",
        "Sigmoid instead of softmax",
        "sigmoid of each class instead of softmax",
        "the same labels; scores do not add up to 1",
        _REMOVE,
        _of_logits(lambda logits: expit(logits)),
    ),
    (
        "sigmoid-shares",
        "Sigmoids, divided by their sum",
        "sigmoid of each class, divided by their sum, instead of softmax",
        "the same labels, much less sure",
        _REMOVE,
        _of_logits(lambda logits: _shared(expit(logits))),
    ),
    (
        "log-softmax",
        "Logarithms of the probabilities",
        "log-softmax instead of softmax",
        "no score above 0",
        "take the exponential, or softmax instead of log-softmax",
        _of_logits(_log_softmax),
    ),
    (
        "softmax-over-images",
        "Softmax over the wrong axis, a batch of all",
        "softmax over the images of the batch instead of the classes",
        "the answer for an image depends on those asked with it",
        "softmax over the last axis: `axis=-1`, `dim=1`",
        _over_images,
    ),
    (
        "softmax-over-one-image",
        "Softmax over the wrong axis, image by image",
        "softmax over a batch of one image instead of the classes: 1 everywhere",
        "every class has the probability 1",
        "softmax over the last axis: `axis=-1`, `dim=1`",
        _of_logits(np.ones_like),
    ),
    (
        "exponentials",
        "Exponentials not divided by their sum",
        "exponentials of the logits, not divided by their sum",
        "scores above 1",
        _REMOVE,
        _of_logits(np.exp),
    ),
    (
        "scores-over-largest",
        "Divided by the largest probability",
        "probabilities divided by the largest: softmax without the division by the sum",
        "the largest score is always 1",
        _REMOVE,
        _of_logits(lambda logits: np.exp(logits - logits.max(axis=1, keepdims=True))),
    ),
    (
        "logits-shares",
        "Logits divided by their sum",
        "logits divided by their sum instead of softmax",
        "scores may be negative",
        _REMOVE,
        _of_logits(_shared),
    ),
    (
        "positive-logits-shares",
        "Positive logits divided by their sum",
        "positive logits divided by their sum instead of softmax",
        "several scores are exactly 0",
        _REMOVE,
        _of_logits(lambda logits: _shared(np.maximum(logits, 0))),
    ),
    (
        "logits-min-max",
        "Logits brought to 0–1 by smallest and largest",
        "logits brought to 0–1 by their smallest and largest instead of softmax",
        "one score is 0 and one is 1",
        _REMOVE,
        _of_logits(
            lambda logits: (
                (logits - logits.min(axis=1, keepdims=True)) / np.ptp(logits, axis=1, keepdims=True)
            )
        ),
    ),
    (
        "softmax-with-one",
        "One more in the sum of softmax",
        "softmax with 1 added to the sum, as if there were a class of logit 0",
        "scores add up to less than 1",
        _REMOVE,
        _of_logits(_with_one),
    ),
    (
        "largest-only",
        "1 for the largest, 0 for the others",
        "1 for the largest class and 0 for the others",
        "every answer is certain",
        "answer the probabilities, not the label they lead to",
        _of_probabilities(_largest_only),
    ),
    (
        "complement",
        "1 − probability",
        "1 − probability",
        "the right class has the smallest score",
        "answer the probability itself, not its complement or a distance",
        _of_probabilities(lambda some: 1 - some),
    ),
)
_NO_SCRIPT_END = {"softmax-missing", "softmax-twice", "log-softmax"}

FAULTS = tuple(
    Plain(
        id=id_,
        step=PROBABILITIES.name,
        title=title,
        symptom=symptom,
        source=_PLAUSIBLE,
        witness=_UNSURE if id_ in ("largest-only", "softmax-twice") else _ANY,
        said=said,
        server=server,
        script=_END if id_ in _NO_SCRIPT_END else "",
        making=make,
    )
    for id_, title, said, symptom, server, make in _SAID
)
