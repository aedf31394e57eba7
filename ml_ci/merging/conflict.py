"""A conflict: the merge, rebase or cherry-pick that git has stopped in, and who its sides are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ml_ci.artifacts import paths
from ml_ci.errors import UserError, printable
from ml_ci.repository import CommitFiles, Repository

Kind = Literal["merge", "rebase", "cherry-pick"]
# In this order: a rebase may leave a CHERRY_PICK_HEAD, too
_HEADS: tuple[tuple[Kind, str, str], ...] = (
    ("merge", "MERGE_HEAD", "MERGE_HEAD"),
    ("rebase", "rebase-merge", "REBASE_HEAD"),
    ("rebase", "rebase-apply", "REBASE_HEAD"),
    ("cherry-pick", "CHERRY_PICK_HEAD", "CHERRY_PICK_HEAD"),
)
_NEXT: dict[Kind, str] = {
    "merge": "git commit --no-edit",
    "rebase": "git -c core.editor=true rebase --continue",
    "cherry-pick": "git -c core.editor=true cherry-pick --continue",
}
DATA = (paths.DATA_POINTER.as_posix(), paths.MANIFEST.as_posix())


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Where git has stopped."""

    kind: Kind
    ours: CommitFiles
    """What is checked out: in a rebase the branch that is rebased onto."""
    theirs: CommitFiles
    """What comes in: the merged branch, or the commit of yours that a rebase is at."""
    base: CommitFiles
    """What both come from."""
    unmerged: tuple[str, ...]
    """Files git could not merge."""

    @property
    def in_data(self) -> bool:
        """Whether both sides changed the images."""
        return any(name in DATA for name in self.unmerged)

    @property
    def others(self) -> tuple[str, ...]:
        """Unmerged files that only a person can merge."""
        return tuple(name for name in self.unmerged if not is_measured(name) and name not in DATA)

    @property
    def go_on(self) -> str:
        """The command that ends it, or leads to its next commit."""
        return _NEXT[self.kind]


def is_measured(name: str) -> bool:
    """Whether the pipeline writes this file."""
    return name == paths.LOCK.as_posix() or name.startswith(f"{paths.METRICS.as_posix()}/")


def read_conflict(repository: Repository) -> Conflict:
    """What git has stopped in. Raises UserError when it has not, or when it is nothing of ours."""
    kind, theirs = _stopped_in(repository)
    ours = repository.commit_of("HEAD") or ""
    of_merge = repository.merge_base(ours, theirs)
    base = of_merge if kind == "merge" else repository.first_parent(theirs)
    return Conflict(
        kind=kind,
        ours=repository.files_of(ours),
        theirs=repository.files_of(theirs),
        base=repository.files_of(base or ""),
        unmerged=repository.unmerged(),
    )


def _stopped_in(repository: Repository) -> tuple[Kind, str]:
    for kind, mark, name in _HEADS:
        theirs = repository.commit_of(name)
        if theirs is not None and repository.git_path(mark).exists():
            return kind, theirs
    raise UserError(
        what="there is no merge, rebase or cherry-pick to resolve",
        where=str(Path.cwd()),
        fix="run it after `git merge` or `git rebase` has stopped with a conflict",
    )


def check_others(conflict: Conflict) -> None:
    """Raise UserError naming the files that have to be merged by hand first."""
    if conflict.others:
        names = [printable(name) for name in conflict.others]
        raise UserError(
            what=f"other files conflict, too: {', '.join(names)}",
            where="git status",
            fix="merge them by hand, `git add` them, then run `ml-ci resolve` again; "
            "leave dvc.lock, metrics/, data.dvc and data.manifest.csv to it",
        )
