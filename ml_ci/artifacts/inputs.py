"""Which run the committed numbers come from: metrics/inputs.json, committed beside them.

dvc.lock names the receipt of every measuring stage by its MD5, and a receipt is made of the stage's
inputs, the weights among them. A stage that writes numbers into metrics/ notes the same MD5 here,
and the hashes of what it wrote: so numbers that were committed without their dvc.lock, or a
dvc.lock without its numbers, are recognised from the commit alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ConfigDict, RootModel, ValidationError

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file, write_json
from ml_ci.artifacts.record import Record

INPUTS_JSON = paths.METRICS / "inputs.json"


class StageInputs(Record):
    """What one stage noted."""

    receipt_md5: str
    """As dvc.lock has it for receipts/<stage>.json."""
    files: dict[str, str]
    """SHA-256 of every file in metrics/ that the stage wrote, by path."""


class CommittedInputs(RootModel[dict[str, StageInputs]]):
    """By stage."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def parse(cls, content: bytes | None) -> CommittedInputs | None:
        """What ``note_inputs`` wrote; None when it is missing or something else."""
        if content is None:
            return None
        try:
            return cls.model_validate_json(content)
        except ValidationError:
            return None


def note_inputs(stage: str, receipt: str, written: Sequence[Path]) -> None:
    """Note what ``stage`` wrote into metrics/, and the text of its receipt; others' notes stay."""
    known = _read()
    files = {path.as_posix(): sha256_of_file(path) for path in written}
    inputs = StageInputs(receipt_md5=_md5(receipt), files=files)
    notes = {**(known.root if known else {}), stage: inputs}
    write_json(INPUTS_JSON, {name: notes[name].model_dump() for name in sorted(notes)})


def is_noted(stage: str, receipt: str) -> bool:
    """Whether metrics/ holds what ``stage`` wrote for this receipt (its text), unchanged.

    It does not after a merge conflict in it, or when git has put another commit's files there.
    """
    known = _read()
    inputs = known.root.get(stage) if known else None
    if inputs is None or inputs.receipt_md5 != _md5(receipt):
        return False
    written = {Path(name): sha256 for name, sha256 in inputs.files.items()}
    return all(
        path.is_file() and sha256_of_file(path) == sha256 for path, sha256 in written.items()
    )


def _read() -> CommittedInputs | None:
    return CommittedInputs.parse(INPUTS_JSON.read_bytes() if INPUTS_JSON.is_file() else None)


def _md5(receipt: str) -> str:
    return hashlib.md5(receipt.encode("utf-8"), usedforsecurity=False).hexdigest()
