"""Advice: for each condition that closes the gate, one imperative sentence.

Markdown of our own words; what comes from data is made harmless before it is put in.
"""

from __future__ import annotations

from collections.abc import Sequence

from ml_ci.golden.result import Answers
from ml_ci.parity.result import ParityResult
from ml_ci.report.check_advice import check_advice, reference_advice
from ml_ci.report.check_names import (
    AGAINST_BASE,
    GOLDEN_ANSWERS,
    GOLDEN_SET,
    THRESHOLDS,
    parity_name,
)
from ml_ci.report.checks import differing
from ml_ci.report.ladder import WorstImage, worst_images
from ml_ci.report.markdown import safe
from ml_ci.report.outcome import CLOSING
from ml_ci.report.schema import GateCheck, Report
from ml_ci.steps import DECODED, IMAGE, LABEL, LOGITS, PROBABILITIES, RECEIVED, RESIZED, TENSOR

_AT_STEP = {
    RECEIVED.name: "send the server the very bytes of the file: something on the way changes them",
    DECODED.name: "decode with the same library and version on both sides; the environments below "
    "say which ones differ",
    IMAGE.name: "turn by EXIF, flatten alpha and order the channels as `ml_ci/data/decode.py` does",
    RESIZED.name: "resize on the server as `preprocess` in params.yaml says: fit, filter, "
    "antialiasing, padding",
    TENSOR.name: "scale and normalise on the server as `preprocess` in params.yaml says, channels "
    "in the same order",
    LOGITS.name: "serve the model of this commit: what enters the network agrees, what leaves it "
    "does not",
    PROBABILITIES.name: "apply softmax to the logits, once",
    LABEL.name: "give the server the class names of this model, in their order",
}
_BESIDE = ("weights", "invariants")
"""Topics that say more than a step that the ladder blames; the others say why it does."""
_COMPLETE = {
    "dump": "Record every golden image on the device",
    "onnx": "Make ONNX Runtime run every image",
}
"""By kind of target, where that is no server."""
_ON_NAME = {
    AGAINST_BASE: "Look at the broken images in the metrics comment and find out why; if the loss "
    "is meant, raise `gate.smallest_loss` in params.yaml to it and say why.",
    "exported graph": "Run `dvc repro --force export`; if the graph still differs, write what "
    "`network.py` does in operations that ONNX has.",
    "accuracy": "Train a better model, or change `evaluate.thresholds` in params.yaml and say why.",
    "macro F1": "Look for the weak classes in the metrics comment and give them more images, or "
    "change `evaluate.thresholds` in params.yaml and say why.",
    "expected calibration error": "Make the confidences honest (train shorter, regularise), or "
    "change `evaluate.thresholds` in params.yaml and say why.",
    "dvc.lock": "Run `ml-ci repro`, then commit `dvc.lock` and `metrics/`.",
    "trained beats untrained": "Look at the training before anything else: it has taught the "
    "network nothing.",
}

_ON_SUBSET = (
    "Have this branch pushed to the repository itself (a maintainer may), so that it is measured "
    "on all of the data: a public subset cannot say whether a threshold is met."
)


def advice(report: Report) -> tuple[str, ...]:
    """What to do: a sentence of Markdown per check that closes the gate, in order, each once."""
    # Once per target: the images of a large golden set are not gone through for every check
    kinds = {target.name: target.kind for target in report.targets}
    parity = {
        parity_name(result.target): _about_parity(result, kinds.get(result.target, ""), report)
        for result in report.parity
    }
    sentences = [
        sentence
        for check in report.gate
        if check.outcome in CLOSING
        for sentence in parity.get(check.name) or [_sentence(check, report)]
    ]
    return tuple(dict.fromkeys(sentences))


def _sentence(check: GateCheck, report: Report) -> str:
    if check.name == GOLDEN_ANSWERS and report.golden is not None:
        return _about_answers(report.golden.answers)
    if check.name == GOLDEN_SET:
        return (
            "Bring the golden images back; if they are gone or changed on purpose, allow it in "
            "`params.yaml` with the line that stands in the parity comment."
        )
    if check.name in THRESHOLDS and check.outcome == "incomplete":
        return _ON_SUBSET
    return _ON_NAME.get(check.name) or f"See to **{safe(check.name)}**: {safe(check.sentence)}."


def _about_parity(result: ParityResult, kind: str, report: Report) -> list[str]:
    """The ladder first, then the checks beside it that say what else is wrong."""
    if result.reference_failure:
        own = [check for check in report.reference if check.outcome == "differs"]
        return [reference_advice(own[0] if own else None)]
    checks, worst = differing(result), worst_images(result)
    if worst or not checks:
        beside = [check for check in checks if check.topic in _BESIDE]
        return [_about_ladder(result, kind, worst), *check_advice(beside)]
    return check_advice(checks)


def _about_ladder(result: ParityResult, kind: str, worst: Sequence[WorstImage]) -> str:
    if result.first_step is None:
        what = _COMPLETE.get(kind, "Make the server answer every image")
        return (
            f"{what} (why it does not, stands below), then run this again: "
            "nothing differs so far, but not everything was compared."
        )
    step = _AT_STEP.get(result.first_step, "make the server do as the reference does")
    step += _on_the_way(result)
    first = safe(worst[0].image)
    return f"At **{safe(result.first_step)}**: {step}. Look at {first} first."


def _on_the_way(result: ParityResult) -> str:
    """What became of the bytes, where it is known and they are to blame."""
    if result.first_step != RECEIVED.name:
        return ""
    changes = [safe(check.name) for check in differing(result) if check.topic == "transit"]
    return f" ({', '.join(changes)})" if changes else ""


def _about_answers(answers: Answers) -> str:
    if answers.moved:
        return (
            "Find out what moved the golden answers, since it was not the weights; if it is meant, "
            "run `ml-ci golden accept` and commit `metrics/golden.json`."
        )
    return "Look at `metrics/golden.json`, run `ml-ci golden accept` and commit it."
