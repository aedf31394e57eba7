"""The acceptance: what `ml-ci golden accept` wrote, as long as git does not say it.

Once committed, metrics/golden.json itself is what was accepted. Until then this note is, beside the
measurements: it holds the accepted answers and the images they were given to, so that they outlive
a renaming, and a run that adds answers nobody has looked at.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import json_text, sha256_of_bytes, sha256_of_file, write_together
from ml_ci.artifacts.golden import GoldenImage, GoldenSnapshot, save_golden
from ml_ci.artifacts.record import Record


class Acceptance(Record):
    """The note."""

    golden_sha256: str
    """Of metrics/golden.json, as it was written with the note or as a run has renewed it since."""
    answers: GoldenSnapshot
    images: dict[str, GoldenImage]
    """What the names in ``answers`` meant."""


def accept_golden(snapshot: GoldenSnapshot, images: Mapping[str, GoldenImage]) -> None:
    """Write metrics/golden.json, and the note that a person wanted it so of these images."""
    answers = GoldenSnapshot.of_document(snapshot.document())
    _write(snapshot, Acceptance(golden_sha256="", answers=answers, images=dict(images)))


def read_acceptance() -> Acceptance | None:
    """The note; None when there is none, or metrics/golden.json is another one since."""
    try:
        note = Acceptance.model_validate_json(paths.GOLDEN_ACCEPTED.read_bytes())
        return note if note.golden_sha256 == sha256_of_file(paths.GOLDEN_JSON) else None
    except (OSError, ValidationError):
        return None


def save_renewed(snapshot: GoldenSnapshot) -> None:
    """Write metrics/golden.json as a run has renewed it.

    What was accepted of the same weights stays accepted, and nothing else becomes so.
    """
    note = read_acceptance()
    if note is None or note.answers.weights_sha256 != snapshot.weights_sha256:
        save_golden(snapshot)
    else:
        _write(snapshot, note)


def _write(snapshot: GoldenSnapshot, note: Acceptance) -> None:
    """Both files, the note about this snapshot."""
    content = json_text(snapshot.document())
    about = note.model_copy(update={"golden_sha256": sha256_of_bytes(content.encode("utf-8"))})
    text = json_text(about.model_dump(mode="json"))
    contents = {paths.GOLDEN_JSON: content, paths.GOLDEN_ACCEPTED: text}
    write_together({path: one.encode("utf-8") for path, one in contents.items()})
