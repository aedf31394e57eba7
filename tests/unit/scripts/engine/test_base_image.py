"""Which base image is used, and where Debian's packages come from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ml_ci.engines import base_image as pipeline
from ml_ci.errors import UserError
from ml_ci.params.container import ContainerSettings, ProjectServer
from ml_ci.params.reading import read_section
from scripts.engine import base_image
from scripts.engine.api import EngineApi
from scripts.engine.base_image import (
    STAND_IN,
    apt_proxies,
    debian_sources,
    ensure_base,
    find_base,
    wanted_base,
)
from scripts.engine.place import ROOT, apart

KEYRING = Path("/keys/debian.gpg")
WANTED = "python:3.11-slim-bookworm"


def test_stand_in__is_the_one_the_pipeline_looks_for() -> None:
    assert pipeline.STAND_IN == STAND_IN


@dataclass(frozen=True)
class FakeEngine(EngineApi):
    """Holds images by name; pulls those it is told it can."""

    images: dict[str, int] = field(default_factory=dict)
    pullable: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)

    def image_bytes(self, name: str) -> int | None:
        return self.images.get(name)

    def pull(self, name: str) -> str | None:
        self.asked.append(name)
        if name not in self.pullable:
            return "no such host"
        self.images[name] = 45_000_000
        return None


def engine(*images: str, pullable: frozenset[str] = frozenset()) -> FakeEngine:
    """An engine with images of 100 MB each."""
    held = dict.fromkeys(images, 100_000_000)
    return FakeEngine(socket=Path("/none"), images=held, pullable=pullable)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand-ins that were made; making one costs a minute and is proved by hand."""
    names: list[str] = []

    def make(_place: object, api: FakeEngine, _mirror: object) -> None:
        names.append(STAND_IN)
        api.images[STAND_IN] = 125_000_000

    monkeypatch.setattr(base_image, "_make_stand_in", make)
    return names


def test_wanted_base__is_what_params_say() -> None:
    settings = read_section(ContainerSettings, ROOT / "params.yaml")
    assert isinstance(settings.server, ProjectServer)
    assert settings.server.base == wanted_base()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  server: {kind: project, base: 'a/b:1'}\n", "a/b:1"),
        ("  server:\n    kind: project\n    base: a@sha256:12 # why\n", "a@sha256:12"),
        ("  server: {base: a:1, kind: project}\n", "a:1"),
        ("  # base: a:1\n  server: {kind: image, image: b:1}\n", None),
        ("  database: a:1\n", None),
    ],
    ids=["flow", "block", "first", "comment", "other-key"],
)
def test_wanted_base__in_any_notation(tmp_path: Path, text: str, expected: str | None) -> None:
    (tmp_path / "params.yaml").write_text(text)
    assert expected == wanted_base(tmp_path / "params.yaml")


def test_find_base__prefers_the_one_params_name() -> None:
    found = find_base(engine(STAND_IN, WANTED), WANTED)
    assert f"{WANTED} is in the engine (100 MB)" == found


@pytest.mark.parametrize("present", [WANTED, STAND_IN])
def test_ensure_base__pulls_nothing_when_one_is_there(
    tmp_path: Path, made: list[str], present: str
) -> None:
    api = engine(present)
    assert ensure_base(apart(tmp_path), api, WANTED, mirror=None).startswith(present)
    assert [] == api.asked + made


def test_ensure_base__pulls_what_can_be_pulled(tmp_path: Path, made: list[str]) -> None:
    api = engine(pullable=frozenset({WANTED}))
    assert ensure_base(apart(tmp_path), api, WANTED, mirror=None).startswith(WANTED)
    assert [] == made


def test_ensure_base__makes_the_stand_in_when_nothing_can_be_pulled(
    tmp_path: Path, made: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    said = ensure_base(apart(tmp_path), engine(), WANTED, mirror=None)
    assert f"{STAND_IN} is in the engine (125 MB)" == said
    assert "it cannot be pulled: no such host" in capsys.readouterr().out


def test_ensure_base__makes_the_stand_in_when_params_name_none(
    tmp_path: Path, made: list[str]
) -> None:
    api = engine()
    ensure_base(apart(tmp_path), api, None, mirror=None)
    assert [] == api.asked
    assert [STAND_IN] == made


def test_ensure_base__says_when_it_is_gone_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing: Callable[..., None] = lambda *_: None  # noqa: E731 - a fake of one line
    monkeypatch.setattr(base_image, "_make_stand_in", nothing)
    with pytest.raises(UserError, match="gone again"):
        ensure_base(apart(tmp_path), engine(), None, mirror=None)


def test_debian_sources__mirrors_of_this_machine() -> None:
    targets = (
        "http://mirror/debian/|bookworm\n"
        "http://mirror/debian/|bookworm\n"
        "http://mirror/security/|bookworm-security\n"
        "http://mirror/debian/|trixie\n"
    )
    expected = [
        "deb [signed-by=/keys/debian.gpg] http://mirror/debian/ bookworm main",
        "deb [signed-by=/keys/debian.gpg] http://mirror/security/ bookworm-security main",
    ]
    assert expected == debian_sources(targets, mirror=None, keyring=KEYRING)


def test_debian_sources__debian_itself_when_the_machine_is_another_release() -> None:
    lines = debian_sources("http://mirror/|trixie\n", mirror=None, keyring=KEYRING)
    expected = ["bookworm", "bookworm-updates", "bookworm-security"]
    assert expected == [line.split()[3] for line in lines]


def test_debian_sources__a_mirror_that_is_named() -> None:
    lines = debian_sources("http://other/|bookworm\n", mirror="http://m/debian", keyring=None)
    assert ["deb http://m/debian bookworm main"] == lines


def test_apt_proxies__become_variables() -> None:
    dump = (
        "Acquire::http \n"
        "Acquire::http::Proxy http://user:secret@proxy:3128\n"
        "Acquire::http::Proxy::internal DIRECT\n"
        "Acquire::https::Proxy DIRECT\n"
    )
    assert {"http_proxy": "http://user:secret@proxy:3128"} == apt_proxies(dump)
