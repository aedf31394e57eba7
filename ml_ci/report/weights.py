"""Which weights everything was measured with, and where they were trained."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.training_record import read_source, trained_here
from ml_ci.params.reading import read_plain
from ml_ci.report.schema import Weights
from ml_ci.repository import commit_that_added


def weights_used() -> Weights:
    """The weights in trained/: trained here, taken as pretrained, or pulled."""
    sha256 = sha256_of_file(paths.WEIGHTS)
    if read_source() == "pretrained":
        sentence = f"pretrained, taken from {paths.PRETRAINED}"
        return Weights(origin="pretrained", sha256=sha256, commit=None, sentence=sentence)
    created = trained_here(sha256)
    if created is not None:
        sentence = f"trained here, {created}"
        return Weights(origin="trained here", sha256=sha256, commit=None, sentence=sentence)
    commit = _locking_commit()
    when = f"locked in {commit[:12]}" if commit else "the commit that locked them is not known here"
    return Weights(
        origin="pulled",
        sha256=sha256,
        commit=commit,
        sentence=f"pulled, {when}; not trained here as far as this checkout knows",
    )


def _locking_commit() -> str | None:
    """The commit whose dvc.lock named the weights' folder with the hash it has today."""
    if not paths.LOCK.is_file():
        return None
    for output in read_plain(paths.LOCK)["stages"].get("train", {}).get("outs", []):
        if output["path"] == paths.TRAINED.as_posix():
            return commit_that_added(output["md5"], paths.LOCK)
    return None
