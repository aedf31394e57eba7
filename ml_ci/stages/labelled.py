"""The labelled test set for targets, beside what the script answered to it."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.evaluation import CONFIDENCE_ROUNDED_BY, read_committed
from ml_ci.artifacts.inputs import is_noted
from ml_ci.data.samples import read_split
from ml_ci.errors import UserError
from ml_ci.measurement import FIX, check_current
from ml_ci.receipt import receipt_path
from ml_ci.targets.labelled import LabelledPicture, LabelledSet

EVALUATE = "evaluate"


def labelled_test_set() -> LabelledSet:
    """All of it. Raises UserError when `evaluate` has not measured just this."""
    check_current(EVALUATE)
    if not is_noted(EVALUATE, receipt_path(EVALUATE).read_text(encoding="utf-8")):
        raise UserError(
            what="the predictions on the test images are not those of the last evaluation",
            where=str(paths.PREDICTIONS_CSV),
            fix=FIX,
        )
    images = [
        LabelledPicture(
            name=sample.path.relative_to(paths.TEST).as_posix(),
            label=sample.label,
            read=sample.path.read_bytes,
        )
        for sample in read_split(paths.TEST)
    ]
    script = {row.image: row for row in read_committed()}
    return LabelledSet(images=images, script=script, rounded_by=CONFIDENCE_ROUNDED_BY)
