"""Scaled: pictures are resized once more, before preprocessing resizes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml_ci.parity.faults.fault import Parameter, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.resizing import FILTERS, Rule, resized, rule_of
from ml_ci.parity.faults.retouch import Pair, Retouch, Touch, nearest
from ml_ci.steps import IMAGE

_COMPARED = 4  # pictures on which the filter is chosen: the smallest that were resized


@dataclass(frozen=True, kw_only=True)
class Scaled(Retouch):
    """Another size, by a filter."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """The longer side, in pixels."""
        return (Parameter(name="longest", low=16, high=4096, whole=True),)

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """Twice the model's size at most, and half the picture's."""
        side = 2 * max(reference.settings.size)
        rules = (Rule(kind="longest", value=side), Rule(kind="scale", value=0.5))
        return [self._touch(rule, name) for rule in rules for name in ("bilinear", "bicubic")]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """The rule from the sizes, the filter by trying all."""
        del reference
        sizes = [(ours.shape[:2], theirs.shape[:2]) for ours, theirs in pairs]
        rule = rule_of(sizes)
        if rule is None:
            return []
        changed = [pair for pair in pairs if pair[0].shape != pair[1].shape]
        some = sorted(changed, key=lambda pair: pair[0].size)[-_COMPARED:]
        return nearest([self._touch(rule, name) for name in FILTERS], some)

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This longer side at most, bilinear."""
        del reference
        return self.variant(self._touch(Rule(kind="longest", value=round(values[0])), "bilinear"))

    def _touch(self, rule: Rule, name: str) -> Touch:
        return Touch(
            parameters={rule.kind: rule.value, "filter": name},
            said=f"every picture is resized first, until {rule.words} ({name})",
            change=lambda picture: resized(picture, rule, name),
            grain=1.0,  # some compute in integers
        )


FAULTS = (
    Scaled(
        id="scaled-before",
        step=IMAGE.name,
        title="Resized before preprocessing",
        symptom="pictures are softer or show stairs, large ones most",
        source="https://github.com/gradio-app/gradio/issues/14",
        witness="a picture larger than what the server resizes to",
        server="hand pictures to preprocessing in their own size: remove `thumbnail`, a maximum "
        "size or a reading at a reduced size; where bytes of another size arrive, it is done on "
        "the way",
        script="resize training pictures in the same way first; `preprocess.fit: two_pass_pad` "
        "does so by one rule",
    ),
)
