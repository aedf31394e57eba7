"""What changed against the base: the part of report.json about numbers, data and settings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ml_ci.artifacts.bounds import Commit, Count, Name, Sha256, Text
from ml_ci.artifacts.paired import LISTED, Flip, Interval

NAMED = 20
"""Names of files beside a count: enough to recognise what they are."""
STEPS = 60
"""Values of a curve: as many blocks as stand in one line of a comment."""
STAGES = 100
"""Stages of a drawing; beyond that it is no drawing any more."""
MATRIX = 15
"""Classes of a confusion matrix that still fits the width of a comment."""

PLAIN = r"^[A-Za-z0-9_./-]{1,60}$"
Plain = Annotated[str, Field(pattern=PLAIN)]
"""A name that is drawn: in a diagram or a code block nothing can be escaped, so it has to be
harmless as it stands."""
Verdict = Literal["better", "worse", "same", "unknown"]
DataKind = Literal["added", "removed", "relabelled", "replaced"]
CommittedState = Literal["same", "noise", "differs", "missing"]


class Part(BaseModel):
    """Frozen, closed against keys nobody declared; NaN and infinity are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Compared(Part):
    """One metric on the test images that both have, `Paired.images`: of both, and the change."""

    now: float
    """`MetricChange.value` where both have the same test images."""
    now_interval: Interval | None
    base: float
    base_interval: Interval | None
    change: float
    """`now` − `base`."""
    change_interval: Interval | None
    """None when nothing in the sample varies, or the metric cannot be sampled."""
    classes: Count | None
    """Of macro F1, what it is the mean of: how many classes have an image among these."""


class MetricChange(Part):
    """One metric, now and beside the base."""

    name: Name
    value: float
    """On all test images there are now."""
    interval: Interval | None
    """None when nothing in the sample varies, or the metric cannot be sampled."""
    compared: Compared | None
    """None when there is nothing to compare with."""
    higher_is_better: bool
    note: Text
    """Why something is missing; empty when nothing is."""


class Paired(Part):
    """The answers on the test images that now and the base have in common."""

    images: Count
    """Same content, same label on both sides; the name may be another."""
    only_now: Count
    only_base: Count
    fixed: Count
    """Wrong in the base, right now."""
    broken: Count
    other: Count
    """Wrong on both sides, with another class."""
    p_value: float
    """McNemar's exact test, two-sided, 0–1."""
    verdict: Verdict
    sentence: Text

    @property
    def loss(self) -> float:
        """Accuracy lost on these images, 0–1; negative when it is a gain."""
        return (self.broken - self.fixed) / self.images if self.images else 0.0


class ClassChange(Part):
    """Recall of one class on the test images that both sides have."""

    name: Name
    images: Count
    base: float
    value: float


class Confusion(Part):
    """Images of one class that were taken for another one."""

    label: Name
    predicted: Name
    images: Count
    base: Count | None
    """The same in the base; None unless it has the same test images."""


class ParamChange(Part):
    """One value of params.yaml, by its dotted key."""

    key: Name
    before: Name | None
    """As YAML writes it; None when the key was not there."""
    after: Name | None


class DataChange(Part):
    """What happened to images of one class in one split."""

    split: Name
    label: Name
    kind: DataKind
    note: Name
    """The label before, of images that were relabelled."""
    images: Count
    names: Annotated[tuple[Name, ...], Field(max_length=NAMED)]
    """The first of them."""


class Size(Part):
    """Bytes of everything in models/."""

    value: Count
    base: Count | None


class Curve(Part):
    """One value per epoch of the training that gave the weights."""

    name: Plain
    epochs: Count
    values: Annotated[tuple[float, ...], Field(min_length=1, max_length=STEPS)]
    """In order; means of neighbours when there are more epochs than that."""
    first: float
    last: float
    best: float
    """The lowest of a loss, the highest of anything else."""
    best_epoch: Count


class Edge(Part):
    """The later stage reads what the earlier one writes."""

    earlier: Plain
    later: Plain


class Drawing(Part):
    """The pipeline."""

    stages: Annotated[tuple[Plain, ...], Field(max_length=STAGES)]
    edges: Annotated[tuple[Edge, ...], Field(max_length=STAGES * STAGES)]


class CommittedNumbers(Part):
    """What metrics/ of the commit says beside what was measured of it here."""

    commit: Commit
    state: CommittedState
    sentence: Text


class Changes(Part):
    """Everything that changed, and what is measured now where there is nothing to compare with."""

    state: Sha256
    """Of all values of params.yaml, most of which no stage but their own looks at."""
    metrics: Annotated[tuple[MetricChange, ...], Field(max_length=NAMED)]
    paired: Paired | None
    """None when nothing is known of the base's predictions."""
    expected: bool
    """The weights are others although nothing that the training reads has changed: retrained on
    another processor. Then nothing that moved is anybody's doing."""
    flips: Annotated[tuple[Flip, ...], Field(max_length=LISTED)]
    """Broken before fixed before the rest, the most confident first."""
    classes: Annotated[tuple[ClassChange, ...], Field(max_length=LISTED)]
    """Those whose recall changed, the largest change first."""
    classes_changed: Count
    confusions: Annotated[tuple[Confusion, ...], Field(max_length=LISTED)]
    """The most frequent first."""
    confusions_found: Count
    params: Annotated[tuple[ParamChange, ...], Field(max_length=LISTED)]
    params_changed: Count
    data: Annotated[tuple[DataChange, ...], Field(max_length=LISTED)]
    """The largest first."""
    data_changed: Count
    """Images."""
    size: Size | None
    curves: Annotated[tuple[Curve, ...], Field(max_length=NAMED)]
    drawing: Drawing
    committed: CommittedNumbers | None
    """None with uncommitted changes, and outside of git."""
