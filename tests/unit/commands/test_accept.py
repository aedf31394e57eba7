"""`ml-ci accept`: one measurement, and of the commit that GitHub says it is of."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ml_ci.commands.accept import accept_measured
from ml_ci.errors import UserError
from ml_ci.takeover.package import ARTIFACT
from tests.builders.datasets import put
from tests.builders.github.server import serving
from tests.builders.github.state import REPOSITORY, FakeGitHub
from tests.builders.packages import (
    OURS,
    THEIRS,
    commit,
    git,
    make_checkout,
    measured,
    state_of,
    write_package,
)


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_checkout(tmp_path / "checkout")
    monkeypatch.chdir(tmp_path / "checkout")
    git(Path(), "remote", "add", "origin", f"git@github.com:{REPOSITORY}.git")
    return tmp_path / "checkout"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGitHub]:
    fake = FakeGitHub()
    with serving(fake, tmp_path) as address:
        monkeypatch.setenv("GITHUB_API_URL", address.api)
        monkeypatch.setenv("GITHUB_TOKEN", "t0ken")
        monkeypatch.setenv("SSL_CERT_FILE", str(address.certificates))
        yield fake


def refusal(*, run: int | None = None, source: Path | None = None) -> str:
    with pytest.raises(UserError) as caught:
        accept_measured(Console(file=StringIO()), run=run, source=source, max_mb=1)
    return caught.value.what


@pytest.mark.parametrize(
    ("run", "source"), [(None, None), (1, Path("x.zip"))], ids=["none", "both"]
)
def test_accept_measured__wants_one_measurement(run: int | None, source: Path | None) -> None:
    what = "it has to be told which measurement to take over, once"
    assert what == refusal(run=run, source=source)


def test_accept_measured__refuses_a_package_that_names_another_commit(
    hub: FakeGitHub, checkout: Path
) -> None:
    run = hub.add_run(sha="a" * 40, branch="work")
    hub.add_files(run, ARTIFACT, measured(THEIRS, commit="b" * 40))
    before = state_of(checkout)

    what = refusal(run=run.id)

    assert (True, {}) == (
        what.endswith(f"it names {'b' * 40}, and the run measured {'a' * 40}"),
        {name: content for name, content in before.items() if state_of(checkout)[name] != content},
    )


def test_accept_measured__leaves_nothing_of_a_download_behind(
    hub: FakeGitHub, checkout: Path
) -> None:
    run = hub.add_run(sha="a" * 40, branch="work")
    hub.add_files(run, ARTIFACT, {"dvc.lock": b"{"})

    refusal(run=run.id)

    assert [] == [path for path in (checkout / ".ml-ci").iterdir() if "scratch" in path.name]


def test_accept_measured__takes_a_folder_only_when_it_is_whole() -> None:
    commit = git(Path(), "rev-parse", "HEAD").strip()
    source = write_package(Path("../package"), measured(THEIRS, commit=commit))
    (source / "metrics/metrics.json").unlink()

    assert "metrics/metrics.json is missing in it" in refusal(source=source)


@pytest.mark.parametrize(
    ("ignored", "said"),
    [
        pytest.param(
            b"/.dvc/cache\n",
            [
                "  weights and models pushed to the data remote, which did not have them",
                "commit it:",
                "  git add dvc-remote",
                '  git commit -m "Take over what CI measured"',
            ],
            id="in-git",
        ),
        pytest.param(b"/.dvc/cache\n/dvc-remote\n", [], id="elsewhere"),
    ],
)
def test_accept_measured__of_the_same_weights_has_them_committed_where_nobody_had_pushed_them(
    monkeypatch: pytest.MonkeyPatch, ignored: bytes, said: list[str]
) -> None:
    put(Path(".gitignore"), b"/trained\n/models\n/receipts\n/.ml-ci\n" + ignored)
    sha = commit(Path())
    source = write_package(Path("../package"), measured(OURS, commit=sha))
    monkeypatch.setattr("ml_ci.commands.accept.run_dvc", lambda *_: 0)
    output = StringIO()

    accept_measured(Console(file=output, width=200), run=None, source=source, max_mb=1)

    first = f"this checkout already has what was measured of {sha[:12]}"
    assert [first, *said] == output.getvalue().splitlines()
