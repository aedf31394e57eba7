"""Comparing two traces, rung by rung and image by image, by what counts as different.

Exact rungs have to be equal; float rungs may differ by the noise floor. A difference at `decoded`
that `image` undoes (palette or RGB, orientation applied by the decoder) is a note.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ml_ci.noise import NoiseFloor
from ml_ci.parity.mismatch import (
    Array,
    Mismatch,
    compare_floats,
    compare_pixels,
    hash_mismatch,
)
from ml_ci.parity.result import Failure, ImageResult, Mark, ParityResult, RungResult
from ml_ci.parity.verdict import judge
from ml_ci.steps import DECODED, IMAGE, LABEL, LADDER, PROBABILITIES, Step
from ml_ci.trace import Trace

ReferencePixels = Callable[[str, str], Array]
"""(image, step) → the reference's pixels, for an image whose hashes differ."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Everything two sides are compared with."""

    reference: Trace
    target: Trace
    noise: NoiseFloor
    class_names: tuple[str, ...]
    reference_pixels: ReferencePixels

    def run(self, target: str, golden: Iterable[str]) -> ParityResult:
        """The verdict on ``target`` over the ``golden`` image names.

        An image that either side lacks is a failure, whatever the traces themselves say of it.
        """
        names = list(golden)
        images, failures = [], []
        for name in names:
            reason = self._not_comparable(name)
            if reason is None:
                images.append(self._image(name))
            else:
                failures.append(Failure(image=name, message=reason))
        whole, partial = _whole_and_partial(images)
        return judge(target=target, golden=len(names), images=whole, failures=failures + partial)

    def _not_comparable(self, image: str) -> str | None:
        for side, trace in (("reference", self.reference), ("target", self.target)):
            if image in trace.failures:
                return f"the {side} failed: {trace.failures[image]}"
            if image not in trace.images:
                return f"the {side} has no trace of it"
        return None

    def _image(self, image: str) -> ImageResult:
        rungs = [self._rung(image, step) for step in LADDER]
        marks = {rung.step: rung.mark for rung in rungs}
        if marks[DECODED.name] == "differs" and marks[IMAGE.name] == "equal":
            undone = {"mark": "note", "message": f"{rungs[1].message}; undone at {IMAGE.name}"}
            rungs[1] = rungs[1].model_copy(update=undone)
        first = next((rung.step for rung in rungs if rung.mark == "differs"), None)
        return ImageResult(image=image, first_step=first, rungs=tuple(rungs))

    def _rung(self, image: str, step: Step) -> RungResult:
        if step.name not in self.reference.rungs(image) or step.name not in self.target.rungs(
            image
        ):
            return _result(step, "not recorded")
        if step == LABEL:
            return self._label(image)
        if step.compared == "exact":
            return self._exact(image, step)
        return self._floats(image, step)

    def _exact(self, image: str, step: Step) -> RungResult:
        ours, theirs = self.reference.rungs(image)[step.name], self.target.rungs(image)[step.name]
        where = f"{step.name} of {image}"
        # A target that sends pixels alone does not tell their mode: that is no difference
        other_mode = theirs.text is not None and ours.text != theirs.text
        if ours.sha256 == theirs.sha256 and not other_mode:
            return _result(step, "equal")
        mismatch = hash_mismatch(where, ours.sha256, theirs.sha256)
        if other_mode:
            mode = f"{where}: the mode is {theirs.text}, the reference has {ours.text}"
            mismatch = mismatch.model_copy(update={"message": mode})
        pixels = self.target.array(image, step.name)
        if pixels is not None:
            expected = self.reference_pixels(image, step.name)
            mismatch = compare_pixels(where, expected, pixels) or mismatch
        return _result(step, "differs", mismatch=mismatch)

    def _floats(self, image: str, step: Step) -> RungResult:
        ours, theirs = (trace.array(image, step.name) for trace in (self.reference, self.target))
        if ours is None or theirs is None:
            return self._float_hashes(image, step)
        worst, allowed, mismatch = compare_floats(
            f"{step.name} of {image}",
            ours,
            theirs,
            lambda reference: self.noise.allowed_inherited(step.name, reference),
        )
        mark: Mark = "differs" if mismatch else "within"
        return _result(step, mark, mismatch=mismatch, inherited=worst, allowed=allowed)

    def _float_hashes(self, image: str, step: Step) -> RungResult:
        """Where a side kept no array: the same hash is the same array, another one says nothing."""
        ours, theirs = self.reference.rungs(image)[step.name], self.target.rungs(image)[step.name]
        if ours.sha256 == theirs.sha256:
            return _result(step, "equal")
        mismatch = hash_mismatch(f"{step.name} of {image}", ours.sha256, theirs.sha256)
        return _result(step, "not recorded", mismatch=mismatch)

    def _label(self, image: str) -> RungResult:
        ours = self.reference.rungs(image)[LABEL.name].text
        theirs = self.target.rungs(image)[LABEL.name].text
        if ours == theirs:
            return _result(LABEL, "equal")
        message = f"label of {image}: {theirs}, the reference says {ours}"
        mismatch = Mismatch(message=message, elements=1, total=1, worst=None)
        if self._is_tie(image, theirs):
            return _result(LABEL, "note", mismatch=mismatch)
        return _result(LABEL, "differs", mismatch=mismatch)

    def _is_tie(self, image: str, label: str | None) -> bool:
        """The target's label is a class that the reference holds to be as probable as its own."""
        probabilities = self.reference.array(image, PROBABILITIES.name)
        if probabilities is None or label not in self.class_names:
            return False
        flat = probabilities.reshape(-1).astype(np.float64)
        allowed = self.noise.allowed_inherited(PROBABILITIES.name, flat)
        # Both classes may move by the allowance, towards each other
        return bool(flat.max() - flat[self.class_names.index(label)] <= 2 * allowed)


def _whole_and_partial(
    images: Sequence[ImageResult],
) -> tuple[list[ImageResult], list[Failure]]:
    """Images compared on every rung that any image was compared on, and failures for the others.

    A target may leave rungs out, but the same ones throughout: an image with fewer of them would
    count as agreeing although nothing was looked at. What differs already stays as it is.
    """
    marks = [rung for image in images for rung in image.rungs]
    compared = {rung.step for rung in marks if rung.mark != "not recorded"}
    whole, partial = [], []
    for image in images:
        missing = [
            rung for rung in image.rungs if rung.step in compared and rung.mark == "not recorded"
        ]
        if image.first_step is None and (missing or not compared):
            reasons = [rung.message or f"{rung.step} was not recorded" for rung in missing]
            message = "; ".join(reasons) or "no rung was recorded on both sides"
            partial.append(Failure(image=image.image, message=message))
        else:
            whole.append(image)
    return whole, partial


def _result(
    step: Step,
    mark: Mark,
    *,
    mismatch: Mismatch | None = None,
    inherited: float | None = None,
    allowed: float | None = None,
) -> RungResult:
    return RungResult(
        step=step.name,
        mark=mark,
        inherited=inherited,
        allowed=allowed,
        message="" if mismatch is None else mismatch.message,
    )
