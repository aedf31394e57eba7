"""What was measured of a base, kept by commit: .ml-ci/bases/<commit>/.

A commit does not change, so neither does what it gives: CI can keep the folder between its runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import new_folder, write_bytes, write_json

BASES = paths.STATE / "bases"
Outcome = Literal["measured", "failed", "too slow"]
Measurer = Literal["a checkout beside", "its own run"]
"""Who measured it: whoever needed it, in a checkout beside theirs, or the run about that commit."""
_RECORD = "record.json"


class BaseRecord(BaseModel):
    """How measuring a base ended."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Outcome
    by: Measurer
    created: str
    """ISO 8601, UTC."""
    minutes: float
    """How long it may have taken; 0 for its own run, which nobody waits for."""
    reason: str
    """Why it gave nothing; empty when it was measured."""
    model_bytes: int | None
    """Size of what it has in models/."""


@dataclass(frozen=True, kw_only=True)
class KeptBase:
    """The folder of one commit."""

    folder: Path

    @classmethod
    def of(cls, commit: str, root: Path = Path()) -> KeptBase:
        """``.ml-ci/bases/<commit>`` of the project in ``root``."""
        return cls(folder=root / BASES / commit)

    def record(self) -> BaseRecord | None:
        """How it ended; None when it has not, or another version of ml-ci wrote it."""
        try:
            return BaseRecord.model_validate_json((self.folder / _RECORD).read_bytes())
        except (OSError, ValidationError):
            return None

    def read(self, path: Path) -> bytes | None:
        """The content of a file as it was measured."""
        try:
            return (self.folder / path).read_bytes()
        except OSError:
            return None

    def keep(self, record: BaseRecord, files: Mapping[Path, bytes]) -> None:
        """Replace what is kept, all at once."""
        with new_folder(self.folder) as scratch:
            for path, content in files.items():
                write_bytes(scratch / path, content)
            write_json(scratch / _RECORD, record.model_dump())
