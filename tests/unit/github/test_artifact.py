"""An artifact: which one, and what is refused of it."""

from __future__ import annotations

import errno
import random
import zipfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.github.api import GitHub
from ml_ci.github.artifact import Artifact, fetch_file, find_artifact, only_file
from ml_ci.github.event import Run
from tests.builders.github import archives
from tests.builders.github import state as fake
from tests.builders.github.actions import run_document
from tests.builders.github.state import FIRST_MOMENT, FakeGitHub, zipped

NAME = "handover"
FILE = "handover.json"
MOST = 1000


def as_read(hub: FakeGitHub, run: fake.Run) -> Run:
    return Run.model_validate(run_document(hub, run))


def found(hub: FakeGitHub, github: GitHub, run: fake.Run) -> int | None:
    artifact = find_artifact(github, as_read(hub, run), NAME)
    return None if artifact is None else artifact.id


@pytest.fixture
def run(hub: FakeGitHub) -> fake.Run:
    return hub.add_run(sha="a" * 40, branch="topic")


def test_find__by_exact_name(hub: FakeGitHub, github: GitHub, run: fake.Run) -> None:
    hub.add_files(run, f"{NAME}-2", {})
    wanted = hub.add_files(run, NAME, {})
    hub.add_files(run, NAME.upper(), {})

    assert wanted.id == found(hub, github, run)


def test_find__not_of_another_run(hub: FakeGitHub, github: GitHub, run: fake.Run) -> None:
    hub.add_files(hub.add_run(sha="a" * 40, branch="topic"), NAME, {})

    assert found(hub, github, run) is None


def test_find__two_of_one_attempt(hub: FakeGitHub, github: GitHub, run: fake.Run) -> None:
    hub.add_files(run, NAME, {})
    hub.add_files(run, NAME, {})

    with pytest.raises(UserError, match="2 artifacts of this name"):
        found(hub, github, run)


def test_find__of_the_last_attempt(hub: FakeGitHub, github: GitHub, run: fake.Run) -> None:
    hub.add_artifact(run, NAME, b"", created=FIRST_MOMENT)
    run.attempt, run.started = 2, FIRST_MOMENT + timedelta(hours=1)
    wanted = hub.add_artifact(run, NAME, b"", created=run.started + timedelta(minutes=3))

    assert wanted.id == found(hub, github, run)


def test_find__an_earlier_attempt_is_not_this_one(
    hub: FakeGitHub, github: GitHub, run: fake.Run
) -> None:
    hub.add_artifact(run, NAME, b"", created=FIRST_MOMENT)
    run.attempt, run.started = 2, FIRST_MOMENT + timedelta(hours=1)

    assert found(hub, github, run) is None


def test_find__expired(hub: FakeGitHub, github: GitHub, run: fake.Run) -> None:
    hub.add_artifact(run, NAME, b"", expired=True)

    with pytest.raises(UserError, match="it has expired"):
        found(hub, github, run)


def fetched(github: GitHub, artifact: fake.Artifact, scratch: Path, size: int = 0) -> bytes:
    described = Artifact(id=artifact.id, name=NAME, size_in_bytes=size or len(artifact.content))
    return fetch_file(github, described, name=FILE, max_bytes=MOST, scratch=scratch)


def test_fetch__gives_the_file(
    hub: FakeGitHub, github: GitHub, run: fake.Run, tmp_path: Path
) -> None:
    assert b"{}" == fetched(github, hub.add_files(run, NAME, {FILE: b"{}"}), tmp_path)


def test_fetch__too_large_is_not_downloaded(
    hub: FakeGitHub, github: GitHub, run: fake.Run, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="it has 1001 bytes, 1000 are allowed"):
        fetched(github, hub.add_files(run, NAME, {FILE: b"{}"}), tmp_path, size=MOST + 1)

    assert [] == hub.requests


def test_fetch__larger_than_it_said(
    hub: FakeGitHub, github: GitHub, run: fake.Run, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="2000 bytes, 1000 are allowed"):
        fetched(github, hub.add_artifact(run, NAME, bytes(2000)), tmp_path, size=10)


def test_fetch__leaves_nothing_beside_the_zip(
    hub: FakeGitHub, github: GitHub, run: fake.Run, tmp_path: Path
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    artifact = hub.add_artifact(run, NAME, archives.one(f"../{FILE}"))
    with pytest.raises(UserError):
        fetched(github, artifact, scratch)

    assert [scratch, scratch / "artifact.zip"] == sorted(tmp_path.rglob("*"))


TWO = zipped({FILE: b"{}", "more.json": b"{}"})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(TWO, "it holds 2 files instead of one", id="two-files"),
        pytest.param(zipped({}), "it holds 0 files instead of one", id="no-file"),
        pytest.param(archives.one(f"../{FILE}"), f"it holds '../{FILE}' instead", id="above"),
        pytest.param(archives.one(f"/{FILE}"), f"it holds '/{FILE}' instead", id="absolute"),
        pytest.param(archives.one(f"{FILE}/"), f"it holds '{FILE}/' instead", id="folder"),
        pytest.param(archives.one(FILE.upper()), "instead of handover.json", id="upper-case"),
        pytest.param(archives.one("x::error::\x1b.json"), "x::error::\\\\x1b", id="for-a-terminal"),
        pytest.param(archives.symlink(FILE, "/etc/passwd"), "is no regular file", id="symlink"),
        pytest.param(archives.one(FILE, mode=0o010000), "is no regular file", id="pipe"),
        pytest.param(archives.encrypted(FILE), "is encrypted", id="encrypted"),
        pytest.param(archives.one(FILE, method=zipfile.ZIP_LZMA), "by method 14", id="method"),
        pytest.param(archives.bomb(FILE, 10**8), "unpacks to 100000000 bytes", id="bomb"),
        pytest.param(archives.lying_bomb(FILE, 10**8, 500), "is no zip that", id="lying-bomb"),
        pytest.param(b"not a zip", "it is no zip that can be read", id="no-zip"),
        pytest.param(archives.one(FILE)[:-30], "it is no zip that can be read", id="half"),
        pytest.param(b"", "it is no zip that can be read", id="empty"),
    ],
)
def test_only_file__refuses(content: bytes, why: str, tmp_path: Path) -> None:
    packed = tmp_path / "artifact.zip"
    packed.write_bytes(content)

    with pytest.raises(UserError, match=why):
        only_file(packed, name=FILE, max_bytes=MOST, artifact=NAME)


def test_only_file__as_large_as_allowed(tmp_path: Path) -> None:
    packed = tmp_path / "artifact.zip"
    packed.write_bytes(zipped({FILE: b"x" * MOST}))

    assert MOST == len(only_file(packed, name=FILE, max_bytes=MOST, artifact=NAME))


def moved_directory(content: bytes, by: int) -> bytes:
    """The directory is said to begin later than it does."""
    place = content.rindex(b"PK\x05\x06") + 16
    offset = int.from_bytes(content[place : place + 4], "little") + by
    return content[:place] + offset.to_bytes(4, "little") + content[place + 4 :]


def test_only_file__directory_elsewhere(tmp_path: Path) -> None:
    packed = tmp_path / "artifact.zip"
    packed.write_bytes(moved_directory(archives.one(FILE), 1000))

    with pytest.raises(UserError, match="the artifact is refused"):
        only_file(packed, name=FILE, max_bytes=MOST, artifact=NAME)


def test_only_file__full_disk_is_not_the_artifacts_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile, "ZipFile", full)

    with pytest.raises(OSError, match="No space left"):
        only_file(tmp_path / "a.zip", name=FILE, max_bytes=MOST, artifact=NAME)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_only_file__damaged_is_read_or_refused(tmp_path: Path, seed: int) -> None:
    """Nothing but a UserError comes out, whatever bytes are wrong."""
    chance, packed = random.Random(seed), tmp_path / "artifact.zip"  # noqa: S311 — no secret
    for _ in range(50):
        content = bytearray(archives.one(FILE, b"{}" * 50))
        for _ in range(chance.randint(1, 4)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        packed.write_bytes(content)
        with suppress(UserError):
            read = only_file(packed, name=FILE, max_bytes=MOST, artifact=NAME)
            assert len(read) <= MOST
