"""The job that publishes: only the image that was replayed, by its id, with its provenance.

Its steps run as they stand in ml-ci.yml; `docker` and `jq` are small scripts that note what they
were asked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.builders.datasets import put
from tests.builders.rehearsal.actors import ACTORS
from tests.builders.rehearsal.running import Event, JobRun, Place, rehearse

IMAGE = f"sha256:{'ab' * 32}"
OTHER = f"sha256:{'cd' * 32}"
DIGEST = f"sha256:{'ef' * 32}"
PUSH = "image push ghcr.io/team/project:c0ffee"
_DOCKER = """\
#!/bin/sh
echo "$@" >> "{folder}/asked"
case "$*" in
  "image inspect --format {{{{.Id}}}} "*) echo "{loaded}" ;;
  "image inspect"*) echo "other.registry/x@sha256:0"; echo "ghcr.io/team/project@{digest}" ;;
  login*) cat > "{folder}/password" ;;
esac
"""
_JQ = """\
#!{python}
import json, sys
print(json.load(open(sys.argv[3]))["engine"]["image_id"])
"""


def published(folder: Path, *, reported: str = IMAGE, loaded: str = IMAGE) -> JobRun:
    """The job `publish` after a green gate."""
    tools = {
        "docker": _DOCKER.format(folder=folder, loaded=loaded, digest=DIGEST),
        "jq": _JQ.format(python=sys.executable),
    }
    for name, script in tools.items():
        put(folder / "tools" / name, script.encode())
        (folder / "tools" / name).chmod(0o755)
    report = json.dumps({"engine": {"image_id": reported}}).encode()
    place = Place(
        workspace=folder / "workspace",
        scratch=folder / "scratch",
        upstream=folder,
        repository="Team/Project",
        run_id=1,
        stand_ins={"PATH": f"{folder / 'tools'}:/usr/bin:/bin"},
        needs={"measure": {"outputs": {"image": IMAGE}}},
        artifacts={"ml-ci-image": {"image.tar": b"layers", "report.json": report}},
    )
    event = Event(name="push", document={}, sha="c0ffee")
    return rehearse(Path(".github/workflows/ml-ci.yml"), "publish", place, event, ACTORS)


def asked(folder: Path) -> list[str]:
    """What docker was asked to do."""
    file = folder / "asked"
    return file.read_text(encoding="utf-8").splitlines() if file.is_file() else []


def test_publish__pushes_the_image_under_its_commit(tmp_path: Path) -> None:
    run = published(tmp_path)
    assert PUSH in asked(tmp_path), run.log


def test_publish__attests_what_the_registry_calls_it(tmp_path: Path) -> None:
    assert f"attested ghcr.io/team/project@{DIGEST}\n" in published(tmp_path).summary


def test_publish__the_token_is_no_argument(tmp_path: Path) -> None:
    published(tmp_path)
    password = (tmp_path / "password").read_text(encoding="utf-8")
    assert ("t0ken", False) == (password, "t0ken" in " ".join(asked(tmp_path)))


@pytest.mark.parametrize(
    ("reported", "loaded"),
    [
        pytest.param(OTHER, IMAGE, id="the report is about another"),
        pytest.param(IMAGE, OTHER, id="another was uploaded"),
    ],
)
def test_publish__nothing_else_is_pushed(tmp_path: Path, reported: str, loaded: str) -> None:
    run = published(tmp_path, reported=reported, loaded=loaded)
    assert ("failure", []) == (
        run.conclusion,
        [line for line in asked(tmp_path) if line.startswith(("login", "image push"))],
    )
