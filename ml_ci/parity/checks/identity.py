"""Identity: whether both sides say that they are the same model, with the same classes and the same
way from bytes to what enters the network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from ml_ci.artifacts.model_facts import ModelFacts
from ml_ci.parity.check import Check, Outcome
from ml_ci.parity.checks.wording import named, quoted, short
from ml_ci.steps import IMAGE, LABEL, LADDER, LOGITS, RESIZED, TENSOR

# Limits of the decode rule: another one refuses other images, and changes no pixel.
REFUSES_ONLY = frozenset({"max_bytes", "max_side", "max_pixels", "max_aspect"})
WEIGHTS = "weights_sha256"
# Where a setting of the preprocessing shows first; the others decide how a picture is fitted
_STEP_OF_SETTING = {
    "orientation": IMAGE.name,
    "background": IMAGE.name,
    "mean": TENSOR.name,
    "std": TENSOR.name,
}
_SETTINGS: dict[str, Callable[[ModelFacts], dict[str, str] | None]] = {
    "preprocessing": lambda facts: facts.preprocess,
    "decode rule": lambda facts: facts.decode_rule,
}


def model_checks(reference: ModelFacts, target: ModelFacts) -> tuple[Check, ...]:
    """What the target says of its model against what the reference knows of its own."""
    return (
        _model_file(reference, target),
        _class_list(reference, target),
        _settings("preprocessing", reference, target),
        _settings("decode rule", reference, target),
    )


def _model_file(reference: ModelFacts, target: ModelFacts) -> Check:
    name, ours, theirs = "model file", reference.model_sha256, target.model_sha256
    if ours is None or theirs is None:
        return _unknown(name, reference if ours is None else target, is_reference=ours is None)
    provenance = reference.provenance or {}
    if ours == theirs:
        weights = provenance.get(WEIGHTS)
        made = f", made from the weights {short(weights)}" if weights else ""
        return _check(name, "agrees", f"both sides have the model file {short(ours)}{made}")
    made, outcome = _made_from_others(provenance, target.provenance or {})
    files = f"the target has the model file {short(theirs)}, the reference {short(ours)}"
    return _check(name, outcome, f"{files}; {made}")


def _made_from_others(ours: Mapping[str, str], theirs: Mapping[str, str]) -> tuple[str, Outcome]:
    """What the provenance says of two model files that are not the same one."""
    if WEIGHTS not in ours or WEIGHTS not in theirs:
        return "whether their weights are the same is not told", "note"
    others = [
        f"{key} {quoted(theirs[key])}, the reference's {quoted(ours[key])}"
        for key in sorted(ours.keys() & theirs.keys())
        if ours[key] != theirs[key] and key != WEIGHTS
    ]
    if ours[WEIGHTS] == theirs[WEIGHTS]:
        how = f" ({'; '.join(others)})" if others else ""
        return f"another file of the same weights{how}", "note"
    weights = f"made from the weights {short(theirs[WEIGHTS])}, not {short(ours[WEIGHTS])}"
    return "; ".join([weights, *others]), "differs"


def _class_list(reference: ModelFacts, target: ModelFacts) -> Check:
    name, ours, theirs = "class list", reference.class_names, target.class_names
    if not ours or not theirs:
        return _unknown(name, reference if not ours else target, is_reference=not ours)
    if ours == theirs:
        return _check(name, "agrees", f"the same {len(ours)} class names in the same order")
    if Counter(ours) == Counter(theirs):
        return _check(name, "differs", _another_order(ours, theirs))
    missing, added = _without(ours, theirs), _without(theirs, ours)
    parts = [f"the target has {len(theirs)} class names, the reference {len(ours)}"]
    parts += [f"it lacks {named(missing)}"] if missing else []
    parts += [f"the reference does not know {named(added)}"] if added else []
    return _check(name, "differs", "; ".join(parts))


def _another_order(ours: Sequence[str], theirs: Sequence[str]) -> str:
    moved = [index for index, pair in enumerate(zip(ours, theirs, strict=True)) if len({*pair}) > 1]
    first = moved[0]
    sentence = f"the same {len(ours)} class names in another order: {len(moved)} have moved; "
    sentence += f"index {first} is {quoted(theirs[first])}, the reference has {quoted(ours[first])}"
    if list(theirs) == sorted(theirs):
        sentence += "; the target's are sorted as text"
    return sentence


def _without(names: Sequence[str], others: Sequence[str]) -> list[str]:
    left = Counter(names) - Counter(others)
    return list(left.elements())


def _settings(name: str, reference: ModelFacts, target: ModelFacts) -> Check:
    """The preprocessing or the decode rule, setting by setting."""
    ours, theirs = (_SETTINGS[name](facts) for facts in (reference, target))
    if not ours or not theirs:
        return _unknown(name, reference if not ours else target, is_reference=not ours)
    shared = [key for key in ours if key in theirs]
    other = [key for key in shared if ours[key] != theirs[key]]
    sentences = [
        f"{key} is {quoted(theirs[key])}, the reference has {quoted(ours[key])}" for key in other
    ]
    if not other:
        values = ", ".join(f"{key} {quoted(ours[key])}" for key in shared)
        sentences = [f"the same {len(shared)} settings: {values}"]
    one_sided = _told_by_one(ours, theirs)
    outcome: Outcome = "note" if other or one_sided else "agrees"
    if any(key not in REFUSES_ONLY for key in other):
        outcome = "differs"
    return _check(name, outcome, "; ".join(sentences + one_sided), step=_step_of(other))


def _step_of(settings: Sequence[str]) -> str | None:
    """The lowest rung on which other values of these show; None without any."""
    telling = [name for name in settings if name not in REFUSES_ONLY]
    steps = {_STEP_OF_SETTING.get(name, RESIZED.name) for name in telling}
    return next((step.name for step in LADDER if step.name in steps), None)


def _told_by_one(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    silent = {"target": ours.keys() - theirs.keys(), "reference": theirs.keys() - ours.keys()}
    return [
        f"the {side} does not tell {named(sorted(keys))}" for side, keys in silent.items() if keys
    ]


def _unknown(name: str, facts: ModelFacts, *, is_reference: bool) -> Check:
    side = "reference" if is_reference else "target"
    why = f": {facts.why_unknown}" if facts.why_unknown else ""
    return _check(name, "unknown", f"the {side} does not tell it{why}")


def _check(name: str, outcome: Outcome, evidence: str, step: str | None = None) -> Check:
    where = {"model file": LOGITS.name, "class list": LABEL.name}.get(name, step)
    return Check(topic="identity", name=name, outcome=outcome, step=where, evidence=evidence)
