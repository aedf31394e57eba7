"""Training inputs: whether anything that the training reads is other than in the base.

When nothing is and the weights are others nevertheless, somebody has trained again on another
processor, and whatever moved is nobody's doing.
"""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.base.pipeline import LockedStage, Read, UnreadableError, read_pipeline

STAGE = "train"


def same_training_inputs(before: Read, after: Read) -> bool:
    """Whether both dvc.lock say that `train` had the same command, settings and dependencies.

    The receipt of `validate` makes no difference: it changes with every golden image, and its
    content does not reach the training. False when either cannot be told.
    """
    try:
        old, new = _locked(before), _locked(after)
    except UnreadableError:
        return False
    if old is None or new is None:
        return False
    return (old.command, old.params, _deps(old)) == (new.command, new.params, _deps(new))


def _locked(read: Read) -> LockedStage | None:
    stage = read_pipeline(read).stages.get(STAGE)
    return None if stage is None else stage.locked


def _deps(stage: LockedStage) -> dict[str, str]:
    receipts = f"{paths.RECEIPTS.as_posix()}/"
    return {path: md5 for path, md5 in stage.deps.items() if not path.startswith(receipts)}
