"""A newer template comes into a repository made from it: the commands of docs/updating.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ml_ci.artifacts.files import sha256_of_file
from tests.builders.datasets import put
from tests.builders.project import NETWORK, ROOT, Project, Run

ENGINE = "ml_ci/progress.py"
REPLAY = "ml_ci/params/replay.py"
THEIR_NETWORK = (
    '"""Mine."""\n\nfrom torch import nn\n\n\ndef build_network(channels, classes):\n    ...\n'
)
ONCE, EACH_TIME, COMMITTED, LOOK = re.findall(
    r"```console\n(.*?)```", (ROOT / "docs/updating.md").read_text(encoding="utf-8"), flags=re.S
)
LAST_OF_REPLAY = "timeout_seconds: 30.0"
NEW_KEY = "\n  pause_seconds: 0.5"


@pytest.fixture(autouse=True)
def _somebody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A git that knows who commits, and nothing else of this machine's settings."""
    for variable in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME"):
        monkeypatch.setenv(variable, "test")
    for variable in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"):
        monkeypatch.setenv(variable, "test@localhost")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_EDITOR", "true")


@pytest.fixture(scope="module")
def small(started: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project to start from; DVC is not asked again, git alone merges."""
    project = started.copy(tmp_path_factory.mktemp("template") / "repository")
    project.must("git", "branch", "--move", "main")
    return project


@pytest.fixture
def template(small: Project, tmp_path: Path) -> Project:
    """The template's repository, two versions old."""
    project = small.clone(tmp_path / "template")
    put(project.folder / "README.md", b"# The template\n")
    put(project.folder / "metrics/metrics.json", b'{"accuracy": 0.9}\n')
    put(project.folder / "dvc.lock", b"schema: '2.0'\n")
    project.commit("first version")
    project.edit(ENGINE, lambda text: text + "\n# second version\n")
    project.commit("second version")
    return project


@pytest.fixture
def user(template: Project, tmp_path: Path) -> Project:
    """As *Use this template* makes one, a commit without history; then made the user's own."""
    folder = tmp_path / "user"
    folder.mkdir()
    template.must("git", "archive", "--output", str(tmp_path / "files.tar"), "HEAD")
    user = Project(folder=folder)
    user.must("tar", "--extract", "--file", str(tmp_path / "files.tar"))
    user.must("git", "init", "--quiet", "--initial-branch", "main")
    user.commit("Initial commit")
    make_own(user)
    return user


def make_own(user: Project) -> None:
    """Other data in another place, other settings, another network, a server."""
    user.must("git", "rm", "-r", "--quiet", "dvc-remote")
    user.edit(".dvc/config", lambda text: text.replace("../dvc-remote", "../../storage"))
    put(user.folder / "data.dvc", b"outs: [{path: data, md5: discs}]\n")
    put(user.folder / "data.manifest.csv", b"path,sha256,label,witnesses\n")
    put(user.folder / "metrics/metrics.json", b'{"accuracy": 0.7}\n')
    put(user.folder / "dvc.lock", b"schema: '2.0'\nstages: {}\n")
    put(user.folder / NETWORK, THEIR_NETWORK.encode())
    put(user.folder / "server/Dockerfile", b"FROM mine\n")
    put(user.folder / "README.md", b"# Mine\n")
    user.edit("params.yaml", lambda text: text.replace("size: [32, 28]", "size: [48, 40]"))
    user.edit("params.yaml", lambda text: text.replace("name: shapes", "name: discs"))
    user.commit("mine")


def release(template: Project) -> None:
    """A version of the template in which everything moved: engine, settings, pipeline, digits."""
    template.edit(ENGINE, lambda text: text + "\n# third version\n")
    template.edit(REPLAY, lambda text: text + "    pause_seconds: PositiveFloat\n")
    template.edit(
        "params.yaml", lambda text: text.replace(LAST_OF_REPLAY, LAST_OF_REPLAY + NEW_KEY)
    )
    template.edit(
        "dvc.yaml", lambda text: text.replace("  replay:\n", "  # sent slowly\n  replay:\n")
    )
    template.edit(NETWORK, lambda text: text + "\n# better\n")
    template.edit("README.md", lambda text: text + "More.\n")
    put(template.folder / "metrics/metrics.json", b'{"accuracy": 0.99}\n')
    put(template.folder / "metrics/more.json", b"{}\n")
    put(template.folder / "dvc.lock", b"schema: '2.0'\nstages: {more: {}}\n")
    put(template.folder / "server/example", b"\n")
    put(template.folder / "dvc-remote/files/md5/00/new", b"a picture")
    put(template.folder / "data.dvc", b"outs: [{path: data, md5: more digits}]\n")
    put(template.folder / "data.manifest.csv", b"path,sha256,label,witnesses\n,,,\n")
    template.commit("third version")


def follow(user: Project, commands: str, template: Project) -> Run:
    """What the documentation says, in one shell; without `make`, which has tests of its own."""
    there = commands.replace("https://github.com/OWNER/ml-ci", str(template.folder))
    return user.run("bash", "-c", re.sub("^make .*", "", there, flags=re.MULTILINE))


def update(user: Project, template: Project) -> None:
    """An update in which nothing is left to solve by hand."""
    follow(user, EACH_TIME, template)
    committed = follow(user, COMMITTED, template)
    assert 0 == committed.code, committed.output


def theirs(user: Project) -> dict[str, str]:
    """Every tracked file that is the user's, by its hash."""
    names = user.must("git", "ls-files", ":(attr:yours)").output.split()
    return {name: sha256_of_file(user.folder / name) for name in names}


def test_update__leaves_what_is_the_users_as_it_was(user: Project, template: Project) -> None:
    before = theirs(user)
    once = follow(user, ONCE, template)
    release(template)

    update(user, template)

    assert (0, before, "") == (once.code, theirs(user), user.status())


def test_update__brings_the_engine_and_its_new_settings(user: Project, template: Project) -> None:
    follow(user, ONCE, template)
    release(template)

    update(user, template)

    params = (user.folder / "params.yaml").read_text(encoding="utf-8")
    for text in ("size: [48, 40]", "name: discs", NEW_KEY):
        assert text in params
    for path in (ENGINE, REPLAY, "dvc.yaml"):
        assert (template.folder / path).read_bytes() == (user.folder / path).read_bytes()
    assert "every key known" in user.ml_ci("doctor").output


def test_update__needs_the_beginning_only_once(user: Project, template: Project) -> None:
    follow(user, ONCE, template)
    release(template)
    update(user, template)
    before = theirs(user)
    template.edit(ENGINE, lambda text: text + "\n# fourth version\n")
    template.edit(NETWORK, lambda text: text + "\n# even better\n")
    template.commit("fourth version")

    update(user, template)

    engine = (user.folder / ENGINE).read_text(encoding="utf-8")
    assert (True, before) == (engine.endswith("# fourth version\n"), theirs(user))


def test_update__whose_new_setting_was_refused_is_told_which_is_missing(
    user: Project, template: Project
) -> None:
    follow(user, ONCE, template)
    user.edit(
        "params.yaml", lambda text: text.replace("timeout_seconds: 30.0", "timeout_seconds: 9.0")
    )
    user.commit("patience")
    release(template)
    follow(user, EACH_TIME, template)
    conflict = user.status()
    user.must("git", "checkout", "--ours", "--", "params.yaml")
    user.must("git", "add", "params.yaml")
    committed = follow(user, COMMITTED, template)

    said = " ".join(user.ml_ci("doctor").output.split())

    line = (user.folder / "params.yaml").read_text(encoding="utf-8").splitlines().index(
        "replay:"
    ) + 1
    assert ("UU params.yaml" in conflict, 0) == (True, committed.code)
    assert f"params.yaml:{line}: the key `replay.pause_seconds` is missing" in said


def test_once__says_so_when_the_beginning_is_unknown(user: Project, template: Project) -> None:
    template.must("git", "commit", "--quiet", "--amend", "--allow-empty", "--message", "rewritten")
    template.must("git", "reset", "--quiet", "--hard", "HEAD~1")

    once = follow(user, ONCE, template)

    assert (False, True) == (once.code == 0, "no commit of the template" in once.output)


def test_look__shows_what_the_template_changed_in_the_users_files(
    user: Project, template: Project
) -> None:
    follow(user, ONCE, template)
    release(template)
    update(user, template)

    shown = follow(user, LOOK, template)

    assert (True, False) == ("+# better" in shown.output, "third version" in shown.output)
