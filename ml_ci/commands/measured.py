"""`ml-ci ci measured`: what CI measured, packed for `ml-ci accept`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.base.storage import Storage
from ml_ci.commands.dvc import dvc_is_current
from ml_ci.errors import EXIT_PASS, UserError
from ml_ci.measurement import FIX
from ml_ci.repository import Repository
from ml_ci.stages.turn import run_turn
from ml_ci.takeover.packing import pack


def pack_measured(console: Console, output: Path) -> int:
    """Write the package to ``output`` and say what is in it.

    Raises UserError when the pipeline is not up to date.
    """
    with run_turn("`ml-ci ci measured`"):
        if not dvc_is_current():
            raise UserError(
                what="the pipeline is not up to date, so there is nothing to hand over",
                where=str(paths.LOCK),
                fix=FIX,
            )
        packed = pack(output, Repository(), Storage.of(Path()))
    console.print(
        f"{output}: what was measured of {packed.commit}, with {packed.objects} objects "
        f"of weights and models ({packed.bytes / 1e6:.1f} MB)",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    return EXIT_PASS
