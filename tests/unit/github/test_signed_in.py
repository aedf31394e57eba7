"""Who asks, and about which repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.github.signed_in import SignedIn, sign_in, token_of_gh
from tests.builders.datasets import put

PUBLIC = "https://api.github.com"
KEY = "s3cret"


def nobody(_host: str) -> None:
    return None


@pytest.mark.parametrize(
    ("origin", "api"),
    [
        ("https://github.com/team/digits", PUBLIC),
        ("https://github.com/team/digits.git", PUBLIC),
        ("https://me:secret@github.com/team/digits.git", PUBLIC),
        ("git@github.com:team/digits.git", PUBLIC),
        ("ssh://git@github.com/team/digits.git", PUBLIC),
        ("ssh://git@github.com:22/team/digits", PUBLIC),
        ("git@git.firm.example:team/digits.git", "https://git.firm.example/api/v3"),
    ],
)
def test_sign_in__reads_repository_and_host_from_the_remote(origin: str, api: str) -> None:
    signed_in = sign_in({}, origin, lambda host: f"token of {host}")

    assert (api, "team/digits") == (signed_in.api, signed_in.repository)


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "GH_TOKEN"])
def test_sign_in__takes_the_token_of_the_environment(name: str) -> None:
    signed_in = sign_in({name: KEY}, "https://github.com/team/digits", nobody)

    assert SignedIn(api=PUBLIC, repository="team/digits", token=KEY) == signed_in


def test_sign_in__gives_the_token_of_github_com_to_no_other_host() -> None:
    origin = "https://git.firm.example/team/digits"

    signed_in = sign_in({"GITHUB_TOKEN": "public", "GH_ENTERPRISE_TOKEN": "firm"}, origin, nobody)

    assert "firm" == signed_in.token


def test_sign_in__believes_the_api_that_is_named_with_its_token() -> None:
    variables = {"GITHUB_TOKEN": KEY, "GITHUB_API_URL": "https://127.0.0.1:1/api/v3/"}

    signed_in = sign_in(variables, "https://127.0.0.1:1/team/digits", nobody)

    assert SignedIn(api="https://127.0.0.1:1/api/v3", repository="team/digits", token=KEY) == (
        signed_in
    )


def test_sign_in__asks_the_github_cli_when_the_environment_has_no_token() -> None:
    signed_in = sign_in({}, "https://github.com/team/digits", {"github.com": "of gh"}.get)

    assert "of gh" == signed_in.token


@pytest.mark.parametrize(
    ("origin", "what"),
    [
        (None, "there is no git remote `origin` to tell which repository is meant"),
        ("../elsewhere", "the git remote `origin` names no repository on GitHub"),
        ("https://github.com/team", "the git remote `origin` names no repository on GitHub"),
    ],
)
def test_sign_in__says_what_is_missing_of_the_remote(origin: str | None, what: str) -> None:
    with pytest.raises(UserError) as caught:
        sign_in({"GITHUB_TOKEN": KEY}, origin, nobody)

    assert what == caught.value.what


def test_sign_in__without_a_token_names_the_way_without_one() -> None:
    with pytest.raises(UserError) as caught:
        sign_in({}, "https://github.com/team/digits", nobody)

    assert (True, True) == ("there is no token" in caught.value.what, "--from" in caught.value.fix)


def test_signed_in__does_not_show_its_token() -> None:
    assert KEY not in repr(SignedIn(api=PUBLIC, repository="a/b", token=KEY))


@pytest.mark.parametrize(
    ("script", "token"),
    [("echo of-$4", "of-github.com"), ("echo no >&2; exit 1", None), ("", None)],
    ids=["signed in", "not signed in", "says nothing"],
)
def test_token_of_gh__is_what_the_github_cli_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, token: str | None
) -> None:
    put(tmp_path / "gh", f"#!/bin/sh\n{script}\n".encode())
    (tmp_path / "gh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    assert token == token_of_gh("github.com")


def test_token_of_gh__is_none_where_there_is_no_github_cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert token_of_gh("github.com") is None
