"""Only what is missing is installed, and only by root."""

from __future__ import annotations

import pytest

from ml_ci.errors import UserError
from scripts.engine import packages
from scripts.engine.packages import ENGINE_PROGRAMS, install, missing_packages, need_root


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


def test_need_root__says_what_to_type() -> None:
    with pytest.raises(UserError) as refusal:
        need_root("starting an engine", command="up", user=1000)
    assert "starting an engine needs root" == refusal.value.what
    assert "`sudo python3 scripts/docker_engine.py up`" == refusal.value.fix


def test_need_root__lets_root_pass() -> None:
    need_root("starting an engine", command="up", user=0)


def test_install__nothing_when_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_program", lambda _: None)
    install([])


def test_install__neither_debian_nor_ubuntu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_program", lambda _: None)
    with pytest.raises(UserError, match="neither Debian nor Ubuntu"):
        install(["docker.io"])


def test_install__quotes_apt_when_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_program", lambda _: "/usr/bin/false-apt")
    monkeypatch.setattr(packages, "_run", lambda _: (100, "E: Unable to locate package x\n"))
    with pytest.raises(UserError) as refusal:
        install(["x"])
    assert "apt-get could not install x (exit code 100)" == refusal.value.what
    assert refusal.value.fix.endswith("E: Unable to locate package x")
