"""One comment of each title, whatever else stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.github.api import GitHub
from ml_ci.github.cml import Ended
from ml_ci.github.comments import Poster, Sticky, own_login
from ml_ci.github.watermark import Watermark
from tests.builders.github.client import Clock
from tests.builders.github.posting import SHA, Scene, in_process
from tests.builders.github.state import BOT, READS, FakeGitHub, Fault, Token

MARK = Watermark(title="metrics")


@pytest.fixture
def poster(scene: Scene, github: GitHub, tmp_path: Path) -> Poster:
    return Poster(github=github, cml=scene.program(tmp_path), login=None)


def others(hub: FakeGitHub, count: int) -> None:
    for number in range(count):
        hub.add_comment(1, f"comment {number}")


def ours(hub: FakeGitHub, body: str = "old", login: str = BOT) -> int:
    return hub.add_comment(1, MARK.under(body, "ab12"), login).id


def post(poster: Poster, body: str = "new") -> str:
    return poster.post(1, SHA, Sticky(title="metrics", body=body))


def marked(hub: FakeGitHub) -> list[tuple[str, str]]:
    """(who, what) of every comment that holds the watermark."""
    return [
        (comment.login, comment.body.partition("\n\n![]")[0])
        for comment in hub.comments
        if MARK.is_in(comment.body)
    ]


@pytest.mark.parametrize("before", [0, 29, 30, 35, 130])
def test_post__makes_one(hub: FakeGitHub, poster: Poster, before: int) -> None:
    others(hub, before)

    post(poster)

    assert [(BOT, "new")] == marked(hub)


@pytest.mark.parametrize("before", [0, 29, 30, 35, 130])
def test_post__twice_is_one(hub: FakeGitHub, poster: Poster, before: int) -> None:
    others(hub, before)
    post(poster, "first")

    post(poster, "second")

    assert [(BOT, "second")] == marked(hub)


@pytest.mark.parametrize("before", [0, 29, 30, 35])
def test_post__keeps_the_comment_it_has(hub: FakeGitHub, poster: Poster, before: int) -> None:
    others(hub, before)
    number = ours(hub)
    others(hub, 3)

    post(poster)

    assert [number] == [row.id for row in hub.comments if MARK.is_in(row.body)]


@pytest.mark.parametrize("before", [0, 30])
def test_post__carries_the_commit(hub: FakeGitHub, poster: Poster, before: int) -> None:
    """Also where CML does not write it."""
    others(hub, before)
    ours(hub)

    post(poster)

    assert hub.comments[-1].body == MARK.under("new", SHA)


@pytest.mark.parametrize("before", [0, 29, 40])
def test_post__removes_duplicates(hub: FakeGitHub, poster: Poster, before: int) -> None:
    first = ours(hub)
    others(hub, before)
    ours(hub)
    ours(hub)

    said = post(poster)

    left = [row.id for row in hub.comments if MARK.is_in(row.body)]
    assert ([first], True) == (left, said.endswith("2 duplicates removed"))


QUOTE = "> " + MARK.under("old", "ab12").replace("\n", "\n> ")


@pytest.mark.parametrize(
    ("body", "login"),
    [
        pytest.param(f"{QUOTE}\n\nWhy?", "somebody", id="quoted"),
        pytest.param(MARK.under("mine", "ab12"), "somebody", id="copied"),
        pytest.param(f"{QUOTE}\n\nbeep", BOT, id="quoted-by-a-bot"),
        pytest.param(MARK.under("beep", "ab12"), "other[bot]", id="of-another-bot"),
    ],
)
@pytest.mark.parametrize("own", [False, True], ids=["without-ours", "with-ours"])
def test_post__leaves_what_others_wrote(
    hub: FakeGitHub, poster: Poster, body: str, login: str, own: bool
) -> None:
    if own:
        ours(hub)
    hub.add_comment(1, body, login)

    post(poster)

    texts = [comment.body for comment in hub.comments]
    assert (1, 1, 2) == (texts.count(body), texts.count(MARK.under("new", SHA)), len(texts))


def test_post__deleted_account(hub: FakeGitHub, poster: Poster) -> None:
    """GitHub gives no user for a comment whose author is gone, or its ghost."""
    ours(hub, login="ghost")

    post(poster)

    assert ["ghost", BOT] == [who for who, _ in marked(hub)]


def test_post__other_title_is_another_comment(hub: FakeGitHub, poster: Poster) -> None:
    post(poster)

    poster.post(1, SHA, Sticky(title="parity", body="p"))

    assert 2 == len(hub.comments)


def test_post__goes_to_the_pull_request_named(hub: FakeGitHub, poster: Poster) -> None:
    hub.add_pull(number=2, head="team:topic", sha=SHA)
    post(poster)

    poster.post(2, SHA, Sticky(title="metrics", body="two"))

    assert [(1, BOT), (2, BOT)] == [(row.issue, row.login) for row in hub.comments]


def test_post__token_that_may_only_read(hub: FakeGitHub, poster: Poster) -> None:
    hub.tokens["t0ken"] = Token(permissions=READS)

    with pytest.raises(UserError) as refused:
        post(poster)

    assert (
        "CML could not post the comment: exit code 1: "
        "Resource not accessible by integration (status 403)"
    ) == refused.value.what


def trouble(status: int, times: int = 1) -> list[Fault]:
    path = "/repos/team/project/issues/1/comments"
    return [Fault(method="POST", path=path, status=status)] * times


@pytest.mark.parametrize(
    ("faults", "slept"),
    [
        pytest.param(trouble(502), [2.0], id="502"),
        pytest.param(trouble(500) + trouble(503), [2.0, 4.0], id="twice"),
        pytest.param(trouble(429), [60.0], id="too-much"),
    ],
)
def test_post__again_when_github_is_in_trouble(
    hub: FakeGitHub, poster: Poster, clock: Clock, faults: list[Fault], slept: list[float]
) -> None:
    hub.faults += faults

    post(poster)

    assert ([(BOT, "new")], slept) == (marked(hub), clock.slept)


@pytest.mark.parametrize(
    ("faults", "slept"),
    [
        pytest.param(trouble(502, 9), [2.0, 4.0], id="for-too-long"),
        pytest.param(trouble(404), [], id="no-trouble-but-an-answer"),
    ],
)
def test_post__not_for_ever(
    hub: FakeGitHub, poster: Poster, clock: Clock, faults: list[Fault], slept: list[float]
) -> None:
    hub.faults += faults

    with pytest.raises(UserError, match=f"status {faults[0].status}"):
        post(poster)

    assert slept == clock.slept


def test_post__that_worked_in_spite_of_an_error_is_found(hub: FakeGitHub, poster: Poster) -> None:
    """GitHub may answer 502 to what it has made."""
    answers = [Ended(code=1, out="", errors='{"message": "Server Error", "status": 502}')]

    def made_all_the_same(
        command: Sequence[str], variables: Mapping[str, str], folder: Path, seconds: float
    ) -> Ended:
        done = in_process(command, variables, folder, seconds)
        return answers.pop() if answers else done

    broken = replace(poster, cml=replace(poster.cml, execute=made_all_the_same))
    said = broken.post(1, SHA, Sticky(title="metrics", body="new"))

    assert ([(BOT, "new")], True) == (marked(hub), said.startswith("metrics: updated: https://"))


def test_login__of_a_workflow_token_is_none(github: GitHub) -> None:
    assert own_login(github) is None


def test_login__of_a_person_is_theirs(hub: FakeGitHub, github: GitHub) -> None:
    hub.tokens["t0ken"] = Token(login="anna")

    assert "anna" == own_login(github)


def test_login__bad_token(hub: FakeGitHub, github: GitHub) -> None:
    hub.tokens.clear()

    with pytest.raises(UserError, match="401: Bad credentials"):
        own_login(github)


def test_post__person_finds_their_own(hub: FakeGitHub, poster: Poster) -> None:
    hub.tokens["t0ken"] = Token(login="anna")
    number = ours(hub, login="anna")

    Poster(github=poster.github, cml=poster.cml, login="anna").post(
        1, SHA, Sticky(title="metrics", body="new")
    )

    assert [(number, 1)] == [(row.id, len(hub.comments)) for row in hub.comments]
