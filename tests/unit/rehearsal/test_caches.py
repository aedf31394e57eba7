"""The rehearsal's cache keeps GitHub's rules, on which the safety of ours rests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.datasets import put
from tests.builders.rehearsal.caches import Caches, readable

MAIN, OURS, THEIRS = "refs/heads/main", "refs/pull/1/merge", "refs/pull/2/merge"


def saved(caches: Caches, folder: Path, ref: str, key: str, content: bytes = b"x") -> bool:
    put(folder / "from/a/file", content)
    return caches.save(ref, key, "a", folder / "from")


def restored(caches: Caches, folder: Path, *refs: str, key: str = "k", paths: str = "a") -> str:
    (folder / "to").mkdir(exist_ok=True)
    return caches.restore(refs, key, ["k"], paths, folder / "to")


@pytest.mark.parametrize(
    ("ref", "base", "expected"),
    [
        (OURS, "main", (OURS, MAIN)),
        (OURS, "release", (OURS, "refs/heads/release", MAIN)),
        (MAIN, "", (MAIN,)),
    ],
)
def test_readable(ref: str, base: str, expected: tuple[str, ...]) -> None:
    assert expected == readable(ref, base, "main")


def test_restore__what_the_default_branch_saved(tmp_path: Path) -> None:
    caches = Caches()
    saved(caches, tmp_path, MAIN, "k", b"main")

    key = restored(caches, tmp_path, OURS, MAIN)

    assert ("k", b"main") == (key, (tmp_path / "to/a/file").read_bytes())


def test_restore__nothing_of_another_pull_request(tmp_path: Path) -> None:
    caches = Caches()
    saved(caches, tmp_path, THEIRS, "k")

    assert "" == restored(caches, tmp_path, OURS, MAIN)


def test_restore__nothing_under_other_paths(tmp_path: Path) -> None:
    caches = Caches()
    saved(caches, tmp_path, MAIN, "k")

    assert "" == restored(caches, tmp_path, MAIN, paths="a/file")


def test_restore__the_newest_of_a_prefix(tmp_path: Path) -> None:
    caches = Caches()
    for key in ("k1", "k2", "other"):
        saved(caches, tmp_path, MAIN, key)

    assert "k2" == restored(caches, tmp_path, MAIN, key="k9")


def test_save__what_is_there_stays(tmp_path: Path) -> None:
    caches = Caches()

    assert [True, False] == [saved(caches, tmp_path, MAIN, "k", text) for text in (b"1", b"2")]
    restored(caches, tmp_path, MAIN)
    assert b"1" == (tmp_path / "to/a/file").read_bytes()
