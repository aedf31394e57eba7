"""What to do about a check that differs: one imperative per check, in Markdown of our own words."""

from __future__ import annotations

from collections.abc import Sequence

from ml_ci.parity.check import Check, Topic
from ml_ci.report.markdown import safe

_EVALUATION_MODE = (
    "put the network in evaluation mode on the server (`model.eval()`), so that neither dropout "
    "nor the other images of a batch take part in an answer"
)
_NO_STATE = (
    "keep nothing between requests on the server: no buffer that two of them share, no cache whose "
    "key is less than the whole request"
)
_BY_NAME = {
    "model file": "serve the model of this commit: the target's was made from other weights",
    "class list": "give the server the class names of this model, in their order",
    "preprocessing": "serve a model that was exported with `preprocess` as it is in params.yaml",
    "decode rule": "decode on the server as `preprocess` in params.yaml says",
    "golden content": "run `dvc pull`, then `make repro`: the golden images are not the manifest's",
    "the same request again": _EVALUATION_MODE,
    "another order": _NO_STATE,
    "alone and in a batch": _EVALUATION_MODE,
    "another place in the batch": "give every image of a batch its own answer, in its place",
    "other neighbours in the batch": _EVALUATION_MODE,
    "requests under way at once": _NO_STATE,
    "a fresh process": "fix on the server what is drawn at random when it starts, and keep nothing "
    "of earlier requests",
    "an answer of its own": _NO_STATE,
    "CPU and accelerator": "find the operation of the network that computes something else on the "
    "accelerator, and write it in others",
}
_BY_TOPIC: dict[Topic, str] = {
    "identity": "give the target what the reference has",
    "weights": "serve the weights of this commit",
    "transit": "send the server the very bytes of the file: something on the way changes them",
    "synthetic": "look at the network alone: it is given the same numbers and answers otherwise, "
    "so it is its runtime, its precision or its weights",
    "invariants": _NO_STATE,
    "accuracy": "find out why these images are answered otherwise: the golden set has none like "
    "them, so add some of them to it",
    "environment": "run both sides on the same versions",
}


def check_advice(checks: Sequence[Check]) -> list[str]:
    """A sentence of Markdown for each thing to do, with all the checks that ask for it."""
    names: dict[str, list[str]] = {}
    for check in checks:
        names.setdefault(_what_to_do(check), []).append(safe(check.name))
    return [f"**{', '.join(some)}**: {what}." for what, some in names.items()]


def reference_advice(check: Check | None) -> str:
    """What to do about a reference that fails one of its own."""
    if check is None:
        return "Repair the reference first: until it is, nothing says anything about any target."
    what = _what_to_do(check).replace(" on the server", "")
    return (
        f"Repair the reference first, **{safe(check.name)}**: {what}. Until it is, nothing here "
        "says anything about any target."
    )


def _what_to_do(check: Check) -> str:
    return _BY_NAME.get(check.name) or _BY_TOPIC[check.topic]
