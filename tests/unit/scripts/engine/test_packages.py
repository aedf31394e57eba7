"""Only what is missing is installed, and only by root."""

from __future__ import annotations

import pytest

from ml_ci.errors import UserError
from scripts.engine import packages
from scripts.engine.packages import ENGINE_PROGRAMS, install, missing_packages, need_root_on_debian


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        (set(), ["docker.io", "iptables"]),
        ({"dockerd"}, ["iptables"]),  # of another package, docker-ce for example
        ({"dockerd", "iptables"}, []),
    ],
    ids=["nothing", "engine", "all"],
)
def test_missing_packages__by_their_programs(here: set[str], expected: list[str]) -> None:
    def find(name: str) -> str | None:
        return f"/usr/sbin/{name}" if name in here else None

    assert expected == missing_packages(ENGINE_PROGRAMS, find=find)


def here(name: str) -> str:
    """Every program is there."""
    return f"/usr/bin/{name}"


def test_need_root_on_debian__says_what_to_type() -> None:
    with pytest.raises(UserError) as refusal:
        need_root_on_debian("starting an engine", command="up", user=1000, find=here)
    assert "starting an engine needs root" == refusal.value.what
    assert "`sudo python3 scripts/docker_engine.py up`" == refusal.value.fix


def test_need_root_on_debian__root_passes() -> None:
    need_root_on_debian("starting an engine", command="up", user=0, find=here)


@pytest.mark.parametrize("user", [0, 1000], ids=["root", "user"])
def test_need_root_on_debian__another_system(user: int) -> None:
    with pytest.raises(UserError, match="is for Debian and Ubuntu only"):
        need_root_on_debian("starting an engine", command="up", user=user, find=lambda _: None)


def test_install__calls_nothing_when_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_run", None)
    install([])


def test_install__quotes_apt_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_run", lambda _: (100, "E: Unable to locate package x\n"))
    with pytest.raises(UserError) as refusal:
        install(["x"])
    assert "apt-get could not install x (exit code 100)" == refusal.value.what
    assert refusal.value.fix.endswith("E: Unable to locate package x")
