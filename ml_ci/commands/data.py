"""`ml-ci data`: taking changed data over."""

from __future__ import annotations

from rich.console import Console

from ml_ci.data.versioning import update_data
from ml_ci.errors import EXIT_PASS
from ml_ci.stages.turn import run_turn


def update(console: Console, *, allow_removals: bool) -> int:
    """Update data.dvc, the manifest and the data remote together, and say what changed."""
    with run_turn("`ml-ci data update`"):
        done = update_data(allow_removals=allow_removals)
    for difference in done.differences:
        console.print(f"{difference.kind}: {difference}", markup=False, highlight=False)
    console.print(
        f"{len(done.differences)} of {done.files} files changed; now commit data.dvc, "
        "data.manifest.csv (and dvc-remote/ while the data remote is in the repository)"
    )
    return EXIT_PASS
