"""The issue about drift: exactly one while something is wrong, none of anybody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.github.__main__ import main
from ml_ci.github.api import GitHub
from ml_ci.github.drift_issue import read_drift, title_of, update_issue
from ml_ci.report.drift import DriftReport
from tests.builders.datasets import put
from tests.builders.drift import drift, unreachable
from tests.builders.github.server import Address
from tests.builders.github.state import BOT, REPOSITORY, FakeGitHub, Issue

TITLE = "Training and production: models.test/digits"


def states(hub: FakeGitHub) -> list[tuple[str, str]]:
    """(first line, state) of every issue."""
    return [(issue.body.partition("\n")[0], issue.state) for issue in hub.issues]


def said(hub: FakeGitHub) -> list[str]:
    return [comment.body.partition("\n")[0] for comment in hub.comments]


DIFFERS = "❌ they part at label on 1 of 3 images"
NOTHING = "⚠️ only 0 of 1 images could be compared"


def update(github: GitHub, *reports: DriftReport) -> str:
    done = ""
    for report in reports:
        done = update_issue(github, None, report)
    return done


def issue(hub: FakeGitHub, *, login: str, title: str = TITLE) -> Issue:
    number = len(hub.issues) + 1
    hub.issues.append(Issue(number=number, title=title, body="theirs", login=login))
    return hub.issues[-1]


def test_update_issue__opens_one(hub: FakeGitHub, github: GitHub) -> None:
    update(github, drift("label"))

    assert [(DIFFERS, "open")] == states(hub)


def test_update_issue__names_the_server_in_the_title() -> None:
    assert TITLE == title_of(drift())


@pytest.mark.parametrize("times", [2, 5])
def test_update_issue__keeps_it_at_one(hub: FakeGitHub, github: GitHub, times: int) -> None:
    update(github, *[drift("label")] * times)

    assert ([(DIFFERS, "open")], []) == (states(hub), said(hub))


def test_update_issue__says_it_when_the_verdict_changes(hub: FakeGitHub, github: GitHub) -> None:
    update(github, drift("label"), unreachable())

    assert ([(NOTHING, "open")], [NOTHING]) == (states(hub), said(hub))


def test_update_issue__closes_it_when_all_agrees(hub: FakeGitHub, github: GitHub) -> None:
    update(github, drift("label"), drift())

    agrees = "✅ training and serving agree on 3 of 3 images, compared on every rung"
    assert ([(DIFFERS, "closed")], [agrees]) == (states(hub), said(hub))


def test_update_issue__opens_nothing_while_all_agrees(hub: FakeGitHub, github: GitHub) -> None:
    update(github, drift())

    assert [] == states(hub)


def test_update_issue__tells_the_next_drift_in_a_new_one(hub: FakeGitHub, github: GitHub) -> None:
    update(github, drift("label"), drift(), drift("label"))

    assert [(DIFFERS, "closed"), (DIFFERS, "open")] == states(hub)


def test_update_issue__leaves_an_issue_of_somebody_else_alone(
    hub: FakeGitHub, github: GitHub
) -> None:
    issue(hub, login="somebody")

    update(github, drift("label"), drift())

    assert [("theirs", "open"), (DIFFERS, "closed")] == states(hub)


def test_update_issue__leaves_other_issues_of_the_bot_alone(
    hub: FakeGitHub, github: GitHub
) -> None:
    issue(hub, login=BOT, title="Dependabot alert")

    update(github, drift("label"))

    assert [("theirs", "open"), (DIFFERS, "open")] == states(hub)


def test_update_issue__closes_duplicates(hub: FakeGitHub, github: GitHub) -> None:
    issue(hub, login=BOT)
    issue(hub, login=BOT)

    update(github, drift("label"))

    assert [(DIFFERS, "open"), ("theirs", "closed")] == states(hub)


def test_update_issue__finds_it_among_hundreds(hub: FakeGitHub, github: GitHub) -> None:
    update(github, drift("label"))
    for _ in range(120):
        issue(hub, login="somebody", title="a question")

    update(github, unreachable())

    assert NOTHING == states(hub)[0][0]
    assert 121 == len(hub.issues)


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"schema_version": 2}', b'{"schema_version": NaN}'],
    ids=["cut off", "a list", "another version", "NaN"],
)
def test_read_drift__refuses_what_is_no_report(tmp_path: Path, content: bytes) -> None:
    put(tmp_path / "drift.json", content)

    with pytest.raises(UserError, match="the report about drift cannot be read"):
        read_drift(tmp_path / "drift.json")


def test_main__posts_from_a_step(
    hub: FakeGitHub, address: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path / "drift.json", drift("label").model_dump_json().encode())
    for name, value in {
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_API_URL": address.api,
        "GITHUB_EVENT_NAME": "schedule",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_TOKEN": "t0ken",
        "SSL_CERT_FILE": str(address.certificates),
    }.items():
        monkeypatch.setenv(name, value)

    code = main(["drift-issue", "--report", str(tmp_path / "drift.json")])

    assert (0, [(DIFFERS, "open")]) == (code, states(hub))
