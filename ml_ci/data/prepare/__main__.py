"""``python -m ml_ci.data.prepare``: write data/ anew, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import new_folder
from ml_ci.data.prepare.golden import write_golden
from ml_ci.data.prepare.pictures import write_pictures
from ml_ci.data.prepare.scans import read_scans, split


def prepare(folder: Path = paths.DATA) -> None:
    """Replace ``folder`` by train/, test/ and golden/."""
    scans = split(read_scans())
    with new_folder(folder) as scratch:
        write_pictures(scans.train, scratch / paths.TRAIN.name)
        write_pictures(scans.test, scratch / paths.TEST.name)
        write_golden(scans.test, scratch / paths.GOLDEN.name)


if __name__ == "__main__":
    prepare()
