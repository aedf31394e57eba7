"""`ml-ci ci bases`: what a run of the default branch leaves as a base for later runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.base.choosing import SHOWN, Chosen, choose_base
from ml_ci.base.keeping import KeptBase
from ml_ci.base.own import is_worth_keeping, keep_own
from ml_ci.commands.dvc import dvc_is_current
from ml_ci.errors import EXIT_PASS, UserError
from ml_ci.github.measuring import read_measuring
from ml_ci.measurement import FIX
from ml_ci.repository import Repository
from ml_ci.stages.turn import run_turn


def keep_bases(
    console: Console, variables: Mapping[str, str], is_current: Callable[[], bool] = dvc_is_current
) -> int:
    """Keep what was measured of the checked-out commit as a base; name what is worth a cache.

    The outputs of the step are `own`, the checked-out commit, and `base`, the one it was compared
    with: each empty unless its numbers lie in .ml-ci/bases. Raises UserError when the pipeline is
    not up to date.
    """
    run, repository = read_measuring(variables), Repository()
    with run_turn("`ml-ci ci bases`"):
        if not is_current():
            raise UserError(
                what="the pipeline is not up to date, so nothing was measured of this commit",
                where=str(paths.LOCK),
                fix=FIX,
            )
        reason = keep_own(repository)
    own = "" if reason is not None else repository.commit_of("HEAD") or ""
    chosen = choose_base(repository, variables)
    base = chosen.commit if isinstance(chosen, Chosen) and _is_kept(chosen.commit) else ""
    with run.output.open("a", encoding="utf-8") as stream:
        stream.write(f"own={own}\nbase={base}\n")
    said = [
        f"not kept: {reason}" if reason is not None else f"kept: {own[:SHOWN]}, by its own run",
        *([f"kept: {base[:SHOWN]}, its base"] if base else []),
    ]
    console.print("\n".join(said), markup=False, highlight=False, soft_wrap=True)
    return EXIT_PASS


def _is_kept(commit: str) -> bool:
    return is_worth_keeping(KeptBase.of(commit))
