"""What pull requests from forks are measured on, where they may not read the data."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, ClassVar

from pydantic import AfterValidator

from ml_ci.params.reading import Section


def _inside(folder: str) -> str:
    path = PurePosixPath(folder)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError("a folder of this repository, as seen from its root, or nothing")
    return folder


class ForkSettings(Section):
    """Pull requests from forks."""

    section: ClassVar[str] = "forks"

    data: Annotated[str, AfterValidator(_inside)]
    """Folder with data.dvc and data.manifest.csv of a public subset; empty: all of the data."""
