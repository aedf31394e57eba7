"""CML as a program: what it gets, and what is made of its errors."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.github.cml import Cml, CmlError, cml_command

SHOWS = """\
#!/usr/bin/env python3
import json, os, sys
with open("shown.json", "w") as stream:
    json.dump({"arguments": sys.argv[1:], "variables": dict(os.environ)}, stream)
print("https://github.test/team/project/issues/7#issuecomment-1")
"""


def program(folder: Path, text: str) -> str:
    path = folder / "program"
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def cml(folder: Path, command: str, **variables: str) -> Cml:
    scratch = folder / "scratch"
    scratch.mkdir()
    return Cml(
        command=(command,),
        variables={"PATH": "/usr/bin:/bin", **variables},
        server="https://github.test",
        repository="team/project",
        token="s3cret",  # noqa: S106
        scratch=scratch,
    )


def shown(folder: Path, **variables: str) -> dict[str, object]:
    cml(folder, program(folder, SHOWS), **variables).update(7, "metrics", "b", "abc")
    document: dict[str, object] = json.loads((folder / "scratch/shown.json").read_text())
    return document


def test_update__gives_the_address(tmp_path: Path) -> None:
    posted = cml(tmp_path, program(tmp_path, SHOWS)).update(7, "metrics", "b", "abc")

    assert "https://github.test/team/project/issues/7#issuecomment-1" == posted


def test_update__arguments(tmp_path: Path) -> None:
    expected = [
        "comment",
        "update",
        str(tmp_path / "scratch/comment.md"),
        "--driver=github",
        "--repo=https://github.test/team/project",
        "--target=pr/7",
        "--publish=false",
        "--watermark-title=metrics",
    ]
    assert expected == shown(tmp_path)["arguments"]


def test_update__gets_no_more_than_it_needs(tmp_path: Path) -> None:
    home = str(tmp_path / "scratch")
    expected = {
        "PATH": "/usr/bin:/bin",
        "https_proxy": "http://proxy.test",
        "HOME": home,
        "GIT_CONFIG_GLOBAL": f"{home}/gitconfig",
        "GIT_CONFIG_NOSYSTEM": "1",
        "ITERATIVE_DO_NOT_TRACK": "1",
        "CI": "true",
        "REPO_TOKEN": "s3cret",
        "GITHUB_REPOSITORY": "team/project",
        "GITHUB_SHA": "abc",
    }
    given = {"https_proxy": "http://proxy.test", "GITHUB_EVENT_NAME": "workflow_run", "AWS": "x"}

    variables = shown(tmp_path, **given)["variables"]

    assert isinstance(variables, dict)
    added_by_python = {"LC_CTYPE"}
    assert expected == {k: v for k, v in variables.items() if k not in added_by_python}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(
            '#!/bin/sh\necho npm >&2; echo \'{"message": "no", "status": 404}\' >&2; exit 1\n',
            "exit code 1: no (status 404)",
            id="json",
        ),
        pytest.param("#!/bin/sh\necho one; echo two; exit 3\n", "exit code 3: two", id="text"),
        pytest.param("#!/bin/sh\nexit 1\n", "exit code 1: it says nothing", id="silence"),
        pytest.param('#!/bin/sh\necho "$REPO_TOKEN"; exit 1\n', "exit code 1: ***", id="token"),
        pytest.param("#!/nowhere\n", "cannot be started: No such file", id="no-interpreter"),
        pytest.param(
            "#!/bin/sh\necho undefined\n",
            "it gave no address of the comment but 'undefined'",
            id="somebody-else-answered",
        ),
    ],
)
def test_update__error(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(UserError) as failed:
        cml(tmp_path, program(tmp_path, text)).update(7, "metrics", "b", "abc")

    assert why in failed.value.what


@pytest.mark.parametrize(
    ("logged", "status", "fix"),
    [
        ('{"message": "no", "status": 401}', 401, "give a valid token"),
        ('{"message": "no", "status": 403}', 403, "a locked conversation takes no comment"),
        ('{"message": "no", "status": 422}', 422, "the content is not accepted"),
        ('{"message": "no", "status": 502}', 502, "run it again later"),
        ('{"message": "no", "status": "odd"}', None, "iterative/setup-cml"),
        ('{"message": "no"}', None, "iterative/setup-cml"),
        ("[]", None, "iterative/setup-cml"),
    ],
)
def test_update__error_says_what_to_do_about_the_answer(
    tmp_path: Path, logged: str, status: int | None, fix: str
) -> None:
    failing = program(tmp_path, f"#!/bin/sh\necho '{logged}' >&2; exit 1\n")

    with pytest.raises(CmlError) as failed:
        cml(tmp_path, failing).update(7, "metrics", "b", "abc")

    assert (status, True) == (failed.value.status, fix in failed.value.fix)


# As Node does: what a pipe does not take at once is lost when it ends
LONG_ERROR = """\
#!/usr/bin/env python3
import json, os
os.set_blocking(2, False)
os.write(2, json.dumps({"message": "no", "body": "x" * 200_000, "status": 502}).encode() + b"\\n")
os._exit(1)
"""


def test_update__error_that_quotes_a_long_comment_is_read_to_its_end(tmp_path: Path) -> None:
    with pytest.raises(CmlError) as failed:
        cml(tmp_path, program(tmp_path, LONG_ERROR)).update(7, "metrics", "b", "abc")

    assert 502 == failed.value.status


def test_update__not_installed(tmp_path: Path) -> None:
    with pytest.raises(UserError) as failed:
        cml(tmp_path, "cml-that-is-not-here").update(7, "metrics", "b", "abc")

    assert "iterative/setup-cml" in failed.value.fix


def test_update__that_never_ends_is_ended(tmp_path: Path) -> None:
    slow = cml(tmp_path, program(tmp_path, "#!/bin/sh\nsleep 60\n"))

    with pytest.raises(UserError, match=r"did not end within 0\.3 s"):
        replace(slow, seconds=0.3).update(7, "metrics", "b", "abc")


@pytest.mark.parametrize(
    ("variables", "command"),
    [
        ({}, ("cml",)),
        ({"ML_CI_CML": "/opt/cml/bin/cml.js"}, ("node", "/opt/cml/bin/cml.js")),
        ({"ML_CI_CML": "/opt/cml"}, ("/opt/cml",)),
    ],
)
def test_command(variables: dict[str, str], command: tuple[str, ...]) -> None:
    assert command == cml_command(variables)
