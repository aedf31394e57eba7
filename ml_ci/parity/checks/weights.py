"""Weights: the numbers of two model files, tensor by tensor.

What is told are observations. Other numbers differ; fewer bits of the same numbers are a note,
because whether they matter is seen on the ladder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml_ci.artifacts.tensors import Tensors
from ml_ci.parity.check import Check, Outcome
from ml_ci.parity.checks.weight_folding import Folded, fold
from ml_ci.parity.checks.weight_matching import Matching, Pair
from ml_ci.parity.checks.weight_relation import Kind, Relation, relate
from ml_ci.parity.checks.wording import named, quoted
from ml_ci.steps import LOGITS

SAME: tuple[Kind, ...] = ("equal", "within rounding")
FEWER_BITS: tuple[Kind, ...] = ("rounded to float16", "rounded to bfloat16", "quantised")
OTHERS: tuple[Kind, ...] = ("scaled", "permuted", "alike", "constant", "unlike")
_WORST = 3  # tensors that are named with their numbers
_LEAST_MIXTURE, _MIXTURE = 0.01, 1e-3  # share of another state; what it may leave unexplained


@dataclass(frozen=True, kw_only=True)
class Related:
    """A pair and what it is."""

    pair: Pair
    relation: Relation


def weight_checks(
    reference: Tensors, target: Tensors, known: Mapping[str, Tensors] | None = None
) -> tuple[Check, ...]:
    """The target's tensors against the reference's.

    ``known`` are other states that the target's may be, by a name like `the base's weights`.
    """
    matching = Matching.of(reference, target)
    folded = fold(matching)
    matching.take_by_content()
    order = {name: index for index, name in enumerate(reference)}
    matching.pairs.sort(key=lambda pair: order[pair.name])
    in_folds = {name for one in folded for name in (one.kernel, one.bias)}
    related = [
        Related(pair=pair, relation=relate(pair.ours.values, pair.theirs.values))
        for pair in matching.pairs
        if pair.name not in in_folds
    ]
    if not related and not folded:
        sentence = "no tensor of the target has a counterpart in the reference"
        return (_check("tensors", "unknown", sentence),)
    others = [one for one in related if one.relation.kind in OTHERS]
    return (
        _tensors(matching, folded),
        _numbers(related, others, len(matching.pairs) - len(related)),
        *_fewer_bits(related),
        *_orders(others),
        *_only_a_part(related),
        *_another_state(related, known or {}),
    )


def unknown_weights(reason: str) -> Check:
    """Where one of both files cannot be read: why."""
    return _check("weights", "unknown", reason)


def _tensors(matching: Matching, folded: Sequence[Folded]) -> Check:
    count = len(matching.pairs)
    renamed = [f"{p.other} for {p.name}" for p in matching.pairs if p.name != p.other]
    sentences = [f"{count} tensors have a counterpart"]
    if renamed:
        sentences += [f"{len(renamed)} under another name: {named(renamed)}"]
    turned = sum(pair.turned for pair in matching.pairs)
    if turned:
        sentences += [f"{turned} stored in another order of axes"]
    if folded:
        norms = [f"{one.norm} into {one.kernel} (ε {one.epsilon:.2g})" for one in folded]
        sentences += [f"{len(folded)} with a batch normalisation folded in: {named(norms)}"]
    left = [
        f"{len(names)} of the {side} have none: {named(list(names))}"
        for side, names in (("reference", matching.ours), ("target", matching.theirs))
        if names
    ]
    # More constants than ours are usual, fewer tensors are not
    outcome: Outcome = "unknown" if matching.ours else "note" if left else "agrees"
    return _check("tensors", outcome, "; ".join(sentences + left))


def _numbers(related: Sequence[Related], others: Sequence[Related], folded: int) -> Check:
    total = len(related) + folded
    if others:
        worst = sorted(others, key=lambda one: -one.relation.relative)[:_WORST]
        told = "; ".join(_worst(one) for one in worst)
        sentence = f"{len(others)} of {total} tensors hold other numbers; most: {told}"
        only_scaled = all(one.relation.kind == "scaled" for one in others)
        return _check("numbers", "note" if only_scaled else "differs", sentence)
    rounded = sum(one.relation.kind == "within rounding" for one in related)
    fewer = sum(one.relation.kind in FEWER_BITS for one in related)
    if fewer:
        sentence = f"{total} tensors hold the same numbers, {fewer} of them with fewer bits"
        return _check("numbers", "note", sentence)
    sentence = f"{total} tensors hold the same numbers"
    if rounded + folded:
        sentence += f", {rounded + folded} of them up to the rounding of float32"
    return _check("numbers", "agrees", sentence)


def _worst(one: Related) -> str:
    relation = one.relation
    words = {
        "scaled": "each channel scaled by a factor of its own",
        "permuted": "its rows in another order",
        "constant": "one number throughout",
        "alike": f"correlation {relation.correlation:.3f}",
        "unlike": f"correlation {relation.correlation:.3f}",
    }
    return (
        f"{quoted(one.pair.name)} by {relation.worst:.3g}, {relation.relative:.2g} of its largest "
        f"({words[relation.kind]})"
    )


def _fewer_bits(related: Sequence[Related]) -> list[Check]:
    checks = []
    for kind in FEWER_BITS:
        some = [one for one in related if one.relation.kind == kind]
        if some:
            stored = sorted({one.pair.theirs.stored for one in some})
            worst = max(one.relation.relative for one in some)
            sentence = f"{len(some)} of {len(related)} tensors are the reference's {kind}"
            sentence += f" (stored as {', '.join(map(quoted, stored))}), off by {worst:.2g} of the "
            sentence += f"largest: {named([one.pair.name for one in some])}"
            checks.append(_check(kind, "note", sentence))
    return checks


def _orders(others: Sequence[Related]) -> list[Check]:
    """Rows of a last layer in another order are its classes in another order."""
    permuted = [one for one in others if one.relation.kind == "permuted"]
    if not permuted:
        return []
    order = permuted[0].relation.order
    moved = [index for index, of in enumerate(order) if index != of]
    rows = ", ".join(f"row {index} is the reference's {order[index]}" for index in moved[:_WORST])
    alike = all(one.relation.order == order for one in permuted)
    sentence = f"the rows of {named([one.pair.name for one in permuted])} are the reference's in "
    sentence += f"{'another order' if alike else 'other orders'}: {len(moved)} have moved, {rows}"
    return [_check("order of rows", "differs", sentence)]


def _only_a_part(related: Sequence[Related]) -> list[Check]:
    same = [one for one in related if one.relation.kind in (*SAME, *FEWER_BITS)]
    unlike = [one for one in related if one.relation.kind in ("unlike", "constant")]
    if not same or not unlike:
        return []
    constant = sum(one.relation.kind == "constant" for one in unlike)
    told = f", {constant} of them one number throughout" if constant else ""
    sentence = (
        f"{len(same)} of {len(related)} tensors are the reference's and {len(unlike)} bear no "
    )
    sentence += f"likeness to them{told}, as where only a part was loaded: "
    return [_check("a part", "differs", sentence + named([one.pair.name for one in unlike]))]


def _another_state(related: Sequence[Related], known: Mapping[str, Tensors]) -> list[Check]:
    if all(one.relation.kind in (*SAME, *FEWER_BITS, "scaled") for one in related):
        return []
    for name, tensors in known.items():
        share = _share_of(related, tensors)
        if share is not None:
            words = f"the target's tensors are those of {name}"
            if share < 1 - _LEAST_MIXTURE:
                words = f"the target's tensors are {share:.0%} those of {name} and the rest ours"
            return [_check("another state", "differs", words)]
    alike = [one for one in related if one.relation.kind == "alike"]
    if len(alike) < len(related) / 2:
        return []
    least = min(one.relation.correlation for one in alike)
    sizes = [_size(one) for one in alike]
    sentence = f"{len(alike)} of {len(related)} tensors are like the reference's (correlation at "
    sentence += (
        f"least {least:.3f}) and not the same, {min(sizes):.2f} to {max(sizes):.2f} times as "
    )
    sentence += "large, as those of another moment of one training are, or averaged ones"
    return [_check("another state", "differs", sentence)]


def _size(one: Related) -> float:
    ours, theirs = (float(np.linalg.norm(t.values)) for t in (one.pair.ours, one.pair.theirs))
    return theirs / ours if ours else 1.0


def _share_of(related: Sequence[Related], tensors: Tensors) -> float | None:
    """The λ for which theirs = ours + λ × (known − ours) in every tensor; None without one."""
    matching = Matching.of({one.pair.name: one.pair.ours for one in related}, tensors)
    if len(matching.pairs) < len(related):
        return None
    theirs = {one.pair.name: one.pair.theirs.values for one in related}
    moves = [
        (
            (theirs[pair.name] - pair.ours.values).reshape(-1).astype(np.float64),
            (pair.theirs.values - pair.ours.values).reshape(-1).astype(np.float64),
        )
        for pair in matching.pairs
    ]
    length = sum(float(way @ way) for _, way in moves)
    if not length or not np.isfinite(length):
        return None
    share = sum(float(move @ way) for move, way in moves) / length
    left = sum(float(((move - share * way) ** 2).sum()) for move, way in moves)
    if not _LEAST_MIXTURE <= share <= 1 + _MIXTURE or left > _MIXTURE**2 * length:
        return None
    return share


def _check(name: str, outcome: Outcome, evidence: str) -> Check:
    return Check(topic="weights", name=name, outcome=outcome, step=LOGITS.name, evidence=evidence)
