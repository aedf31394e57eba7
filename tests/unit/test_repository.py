"""What git tells of commits, read without checking anything out."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.repository import Repository
from tests.builders.datasets import put
from tests.builders.repositories import SmallRepository, small_repository

CONTENTS = {
    "empty": b"",
    "no line end": b"text",
    "line\u00e4ü.txt": b"a\nb\n",
    "deep/er/binary.bin": bytes(range(256)) + b"\n",
    "deep/again": b"text",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> SmallRepository:
    repository = small_repository(tmp_path_factory.mktemp("git") / "repository")
    repository.commit(CONTENTS)
    repository.commit({"deep/again": b"other", "empty": None})
    return repository


@pytest.mark.parametrize("name", CONTENTS)
def test_files_of__any_commit_as_they_were(repository: SmallRepository, name: str) -> None:
    files = repository.seen.files_of("HEAD~1")

    assert CONTENTS[name] == files.read(name)


def test_files_of__read_together(repository: SmallRepository) -> None:
    files = repository.seen.files_of("HEAD~1")

    assert files.read_all([*CONTENTS, "nothing"]) == CONTENTS


def test_files_of__a_commit_without_the_file(repository: SmallRepository) -> None:
    assert None is repository.seen.files_of("HEAD").read(Path("empty"))


def test_files_of__no_commit(repository: SmallRepository) -> None:
    assert {} == repository.seen.files_of("nothing").files


def test_files_of__a_project_in_a_folder_of_its_repository(repository: SmallRepository) -> None:
    inner = Repository(folder=repository.folder / "deep")

    files = inner.files_of("HEAD")

    expected = ({"again", "er/binary.bin"}, b"other", Path("deep"))
    assert expected == (set(files.files), files.read("again"), inner.prefix())


def test_last_change__is_the_commit_that_wrote_a_file(tmp_path: Path) -> None:
    repository = small_repository(tmp_path)
    wrote = repository.commit({"file": "one", "other": "one"})
    repository.commit({"other": "two"})
    later = repository.commit({"file": "two"})

    seen = repository.seen
    found = [seen.last_change(Path("file"), commit) for commit in ("HEAD", "HEAD~1", "nothing")]
    assert [later, wrote, None] == found
    assert None is seen.last_change(Path("nowhere"), "HEAD")


def test_is_uncommitted__counts_new_files_and_not_ignored_ones(tmp_path: Path) -> None:
    repository = small_repository(tmp_path)
    repository.commit({".gitignore": "/ignored", "same/file": "one", "changed/file": "one"})
    for name in ("ignored/file", "new/file", "changed/file"):
        put(tmp_path / name, b"two")

    folders = ("same", "changed", "new", "ignored", "nowhere")
    found = {name: repository.seen.is_uncommitted(name) for name in folders}
    assert ["changed", "new"] == [name for name, changed in found.items() if changed]


def test_changed__names_tracked_files_only(repository: SmallRepository, tmp_path: Path) -> None:
    clone = repository.clone(tmp_path / "clone")
    (clone.folder / "deep/again").write_text("changed")
    (clone.folder / "no line end").unlink()
    (clone.folder / "untracked").touch()

    assert ("deep/again", "no line end") == clone.seen.changed()


def test_add_worktree__runs_no_hook(repository: SmallRepository, tmp_path: Path) -> None:
    clone = repository.clone(tmp_path / "clone")
    hook = clone.folder / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch hooked\n")
    hook.chmod(0o755)

    said = clone.seen.add_worktree(tmp_path / "beside", "HEAD~1")

    there = {path.name for path in (tmp_path / "beside").iterdir()} - {".git"}
    assert (None, {"deep", "empty", "no line end", "line\u00e4ü.txt"}) == (said, there)


def test_add_worktree__says_why_not(repository: SmallRepository, tmp_path: Path) -> None:
    said = repository.seen.add_worktree(tmp_path / "beside", "f" * 40)

    assert said is not None
    assert "f" * 40 in said


def test_changed__of_a_project_in_a_folder_names_its_own_files(
    repository: SmallRepository, tmp_path: Path
) -> None:
    clone = repository.clone(tmp_path / "clone")
    (clone.folder / "deep/again").write_text("changed")
    (clone.folder / "no line end").unlink()

    assert ("again",) == Repository(folder=clone.folder / "deep").changed()
