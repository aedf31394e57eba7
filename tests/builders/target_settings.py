"""Settings of targets and protocols, made by changing single keys of complete ones."""

from __future__ import annotations

from typing import Any

from ml_ci.params.replay import ReplaySettings
from ml_ci.params.targets import HttpTarget

NOTHING: dict[str, Any] = {"tolerances": {}, "expected": []}
TENSOR_INPUT: dict[str, Any] = {"kind": "tensor", "layout": "nchw"}
ANSWER: dict[str, Any] = {
    "label": "classes",
    "label_as": "name",
    "probabilities": "scores",
    "logits": None,
}
TF_SERVING: dict[str, Any] = {
    "kind": "tf-serving",
    "model": "digits",
    "version": None,
    "signature": None,
    "input": {"kind": "image", "name": None},
    "answer": ANSWER,
}
OPEN_INFERENCE: dict[str, Any] = {
    "kind": "open-inference",
    "model": "digits",
    "version": None,
    "input": {"kind": "image", "name": "image", "encoding": "base64", "shape": [1]},
    "outputs": {
        "label": "label",
        "label_as": "name",
        "probabilities": "probabilities",
        "logits": None,
    },
}
SAGEMAKER: dict[str, Any] = {
    "kind": "sagemaker",
    "request": {"kind": "raw", "content_type": "application/x-image"},
    "answer": ANSWER,
}
CUSTOM: dict[str, Any] = {
    "kind": "custom",
    "predict": {
        "path": "/predict",
        "request": {"kind": "raw", "content_type": None},
        "answer": ANSWER,
    },
    "trace": None,
}
OURS: dict[str, Any] = {"kind": "ml-ci", "trace": False}
HTTP: dict[str, Any] = {
    "kind": "http",
    "url": "https://models.example.com/digits",
    "protocol": CUSTOM,
    "headers": {"Authorization": "ML_CI_STAGING_TOKEN"},
    **NOTHING,
}
EXPECTED: dict[str, Any] = {
    "step": "decoded",
    "change": None,
    "largest": 2.0,
    "reason": "the phone's decoder",
    "until": "2026-12-31",
}


def http_target(**changes: Any) -> HttpTarget:
    """The complete one with top-level keys replaced."""
    return HttpTarget.model_validate(HTTP | changes)


def replay_settings(**changes: Any) -> ReplaySettings:
    """Few questions of each kind."""
    settings: dict[str, Any] = {
        "concurrency": 2,
        "timeout_seconds": 5.0,
        "invariants": {"images": 3, "repeats": 2, "concurrency": 4},
        "synthetic": {"uniform": 1},
        "accuracy": {"sample": 10},
    }
    return ReplaySettings.model_validate(settings | changes)
