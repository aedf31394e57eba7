"""The server's virtual environment: one per lock, reused when complete, made again when not.

Most locks here are empty, so that nothing is installed and no index is asked.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ml_ci.engines.virtual_environment import ServingEnvironment
from ml_ci.errors import UserError


@pytest.fixture
def environment(tmp_path: Path) -> ServingEnvironment:
    lock = tmp_path / "serving.txt"
    lock.write_text("# nothing\n")
    return ServingEnvironment(home=tmp_path / "environments", lock=lock)


def prefix_of(python: Path) -> str:
    program = "import sys; print(sys.prefix)"
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_make__gives_a_python_of_its_own(environment: ServingEnvironment) -> None:
    assert prefix_of(environment.make()) == str(environment.folder)


def test_make__reuses_what_is_complete(environment: ServingEnvironment) -> None:
    environment.make()
    (environment.folder / "witness").touch()
    environment.make()
    assert (environment.folder / "witness").exists()


def test_make__does_not_reuse_what_is_half_made(environment: ServingEnvironment) -> None:
    environment.make()
    (environment.folder / "complete").unlink()
    (environment.folder / "witness").touch()
    environment.make()
    assert not (environment.folder / "witness").exists()


def test_folder__depends_on_the_lock(environment: ServingEnvironment) -> None:
    before = environment.folder
    environment.lock.write_text("# something else\n")
    assert environment.folder != before


def test_folder__depends_on_the_python(
    environment: ServingEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = environment.folder
    monkeypatch.setattr(sys, "version", "3.99")
    assert environment.folder != before


def test_make__that_fails_names_the_lock_and_leaves_nothing_to_reuse(
    environment: ServingEnvironment,
) -> None:
    environment.lock.write_text("numpy==2.4.6\n")  # no hash
    with pytest.raises(UserError) as caught:
        environment.make()
    assert str(environment.lock) == caught.value.where
    assert not (environment.folder / "complete").exists()


def test_make__installs_with_pip_where_uv_fails(
    environment: ServingEnvironment,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    text = Path("requirements/serving.txt").read_text(encoding="utf-8")
    (small,) = re.findall(r"^h11==.*?(?=^\w)", text, flags=re.MULTILINE | re.DOTALL)
    environment.lock.write_text(small)
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_NO_CACHE", "1")

    python = environment.make()

    subprocess.run([python, "-c", "import h11"], check=True)
    assert "uv failed" in capfd.readouterr().err
