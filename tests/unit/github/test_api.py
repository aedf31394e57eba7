"""The client: pages, retries, limits, and errors that say what to change."""

from __future__ import annotations

import gzip
import io
from collections.abc import Mapping

import pytest

from ml_ci.github.api import GitHub, Resource
from ml_ci.github.api_error import GitHubError
from tests.builders.github.client import Clock, connected
from tests.builders.github.server import Address
from tests.builders.github.state import READS, FakeGitHub, Fault, Token

COMMENTS = "{repo}/issues/1/comments"


class Comment(Resource):
    """As much of a comment as these tests look at."""

    id: int
    body: str


class Artifact(Resource):
    """As much of an artifact."""

    id: int


@pytest.fixture(autouse=True)
def pull(hub: FakeGitHub) -> None:
    hub.add_pull(number=1, head="team:topic", sha="a" * 40)


def test_all__reads_every_page(hub: FakeGitHub, github: GitHub) -> None:
    for number in range(250):
        hub.add_comment(1, str(number))

    assert [str(number) for number in range(250)] == [
        comment.body for comment in github.all(Comment, COMMENTS)
    ]


def test_all__asks_for_the_largest_pages(hub: FakeGitHub, github: GitHub) -> None:
    for number in range(250):
        hub.add_comment(1, str(number))

    list(github.all(Comment, COMMENTS))

    assert 3 == len(hub.requests)


def test_all__reads_a_list_inside_an_answer(hub: FakeGitHub, github: GitHub) -> None:
    run = hub.add_run(sha="a" * 40, branch="topic")
    ids = [hub.add_artifact(run, f"a{number}", b"").id for number in range(120)]

    found = github.all(Artifact, f"{{repo}}/actions/runs/{run.id}/artifacts", key="artifacts")

    assert sorted(ids) == sorted(artifact.id for artifact in found)


def test_all__page_of_the_longest_comments(hub: FakeGitHub, github: GitHub) -> None:
    """Strangers may write them; 26 MB."""
    for _ in range(100):
        hub.add_comment(1, "🙂" * 65_536)

    assert 100 == len(list(github.all(Comment, "{repo}/issues/1/comments")))


def test_all__next_page_on_another_host_is_asked_here(hub: FakeGitHub, github: GitHub) -> None:
    link = '<https://elsewhere.test/steal?page=2&per_page=100>; rel="next"'
    hub.faults.append(
        Fault(method="GET", path="/repos", status=200, headers={"link": link}, body=b"[]")
    )

    list(github.all(Comment, COMMENTS))

    assert "GET /repos/team/project/issues/1/comments?page=2&per_page=100" == hub.lines[1]


def test_post_and_patch__give_back_what_became_of_it(github: GitHub) -> None:
    made = github.post(Comment, COMMENTS, {"body": "one"})
    changed = github.patch(Comment, f"{{repo}}/issues/comments/{made.id}", {"body": "two"})

    assert (made.id, "two") == (changed.id, changed.body)


def test_delete__removes(hub: FakeGitHub, github: GitHub) -> None:
    comment = hub.add_comment(1, "x")

    github.delete(f"{{repo}}/issues/comments/{comment.id}")

    assert [] == hub.comments


def fault(status: int, method: str = "GET", **headers: str) -> Fault:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fault(method=method, path="/repos", status=status, headers=named)


@pytest.mark.parametrize(
    ("answers", "slept"),
    [
        pytest.param([fault(502)], [2.0], id="bad-gateway"),
        pytest.param([fault(503), fault(500)], [2.0, 4.0], id="twice"),
        pytest.param([fault(429, retry_after="7")], [7.0], id="too-many"),
        pytest.param([fault(403, retry_after="5")], [5.0], id="secondary-limit"),
        pytest.param(
            [fault(403, x_ratelimit_remaining="0", x_ratelimit_reset="1000000030")],
            [30.0],
            id="rate-limit",
        ),
        pytest.param([fault(429, retry_after="Sun, 09 Sep 2001 01:46:50 GMT")], [10.0], id="date"),
    ],
)
def test_get__waits_and_asks_again(
    hub: FakeGitHub, github: GitHub, clock: Clock, answers: list[Fault], slept: list[float]
) -> None:
    hub.faults += answers

    list(github.all(Comment, COMMENTS))

    assert slept == clock.slept


@pytest.mark.parametrize(
    ("answers", "requests"),
    [
        pytest.param([fault(502)] * 9, 4, id="always-502"),
        pytest.param([fault(403)], 1, id="forbidden"),
        pytest.param([fault(404)], 1, id="missing"),
        pytest.param([fault(429, retry_after="3600")], 1, id="longer-than-a-build"),
    ],
)
def test_get__gives_up(
    hub: FakeGitHub, github: GitHub, answers: list[Fault], requests: int
) -> None:
    hub.faults += answers
    with pytest.raises(GitHubError):
        list(github.all(Comment, COMMENTS))

    assert requests == len(hub.requests)


def test_post__is_not_repeated_when_it_may_have_worked(hub: FakeGitHub, github: GitHub) -> None:
    hub.faults.append(fault(502, "POST"))
    with pytest.raises(GitHubError):
        github.post(Comment, COMMENTS, {"body": "x"})

    assert 1 == len(hub.requests)


def test_post__is_repeated_when_it_was_refused_for_now(hub: FakeGitHub, github: GitHub) -> None:
    hub.faults.append(fault(429, "POST", retry_after="1"))

    github.post(Comment, COMMENTS, {"body": "x"})

    assert ["x"] == [comment.body for comment in hub.comments]


@pytest.mark.parametrize(
    ("tokens", "body", "what", "fix"),
    [
        pytest.param({}, "x", "GitHub answered 401: Bad credentials", "a valid token", id="401"),
        pytest.param(
            {"t0ken": Token(permissions=READS)},
            "x",
            "GitHub answered 403: Resource not accessible by integration",
            "pull-requests: write",
            id="403",
        ),
        pytest.param(
            {"t0ken": Token()},
            "x" * 65_537,
            "GitHub answered 422: Validation Failed; body is too long",
            "which part",
            id="422",
        ),
    ],
)
def test_post__error_says_what_to_change(
    hub: FakeGitHub, github: GitHub, tokens: Mapping[str, Token], body: str, what: str, fix: str
) -> None:
    hub.tokens = dict(tokens)

    with pytest.raises(GitHubError) as refused:
        github.post(Comment, COMMENTS, {"body": body})

    assert (True, True) == (what in refused.value.what, fix in refused.value.fix)


def test_get__other_repository_is_404(address: Address) -> None:
    with connected(address, repository="team/other") as github, pytest.raises(GitHubError) as error:
        github.get(Comment, "{repo}/pulls/1")

    assert 404 == error.value.status


def test_get__renamed_repository_is_not_followed(hub: FakeGitHub, github: GitHub) -> None:
    hub.faults.append(fault(301, location="https://elsewhere.test/"))
    with pytest.raises(GitHubError) as error:
        github.get(Comment, "{repo}/pulls/1")

    assert "renamed or moved" in error.value.fix


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"id": "x"}', b"[" * 1000], ids=["html", "list", "type", "deep"]
)
def test_get__something_else_than_promised(hub: FakeGitHub, github: GitHub, body: bytes) -> None:
    hub.faults.append(Fault(method="GET", path="/repos", status=200, body=body))
    with pytest.raises(GitHubError) as error:
        github.get(Comment, "{repo}/pulls/1")

    assert "the answer cannot be used" in error.value.what


def test_get__nobody_there(github: GitHub, address: Address, clock: Clock) -> None:
    nowhere = Address(server="https://127.0.0.1:1", certificates=address.certificates)
    with connected(nowhere, clock) as lost, pytest.raises(GitHubError) as error:
        lost.get(Comment, "{repo}/pulls/1")

    assert ("GitHub does not answer" in error.value.what, 3) == (True, len(clock.slept))


def downloaded(hub: FakeGitHub, github: GitHub, content: bytes, most: int) -> bytes:
    artifact = hub.add_artifact(hub.add_run(sha="a" * 40, branch="b"), "x", content)
    to = io.BytesIO()
    github.download(f"{{repo}}/actions/artifacts/{artifact.id}/zip", to, max_bytes=most)
    return to.getvalue()


def test_download__follows_to_the_storage_without_the_token(
    hub: FakeGitHub, github: GitHub
) -> None:
    """The storage answers 400 to whoever brings one."""
    assert b"zip" * 1000 == downloaded(hub, github, b"zip" * 1000, 3000)


def test_download__token_reaches_no_host_but_the_api(hub: FakeGitHub, github: GitHub) -> None:
    """Nor does it come back to the API on the way."""
    on = f"{github.api}/repos/x/y"
    hub.faults += [fault(302, location=on), fault(302, location=f"{hub.storage}/storage/1000?sig=")]
    with pytest.raises(GitHubError, match="403"):
        downloaded(hub, github, b"zip", 10)

    assert ["Bearer t0ken", None, None] == [request.token for request in hub.requests]


def test_download__redirected_for_ever(hub: FakeGitHub, github: GitHub) -> None:
    hub.faults += [fault(302, location=f"{github.api}/repos/x/y")] * 9
    with pytest.raises(GitHubError, match="redirected more than 3 times"):
        downloaded(hub, github, b"zip", 10)

    assert 4 == len(hub.requests)


@pytest.mark.parametrize("location", ["", "ftp://elsewhere.test/x", "/storage/1"])
def test_download__redirected_to_no_address(hub: FakeGitHub, github: GitHub, location: str) -> None:
    hub.faults.append(fault(302, location=location))
    with pytest.raises(GitHubError):
        downloaded(hub, github, b"zip", 10)


def test_download__gone(hub: FakeGitHub, github: GitHub) -> None:
    hub.faults.append(fault(410))
    with pytest.raises(GitHubError) as error:
        downloaded(hub, github, b"zip", 10)

    assert (410, True) == (error.value.status, "run the workflow again" in error.value.fix)


def test_download__larger_than_allowed(hub: FakeGitHub, github: GitHub) -> None:
    with pytest.raises(GitHubError, match="3000 bytes, 2999 are allowed"):
        downloaded(hub, github, b"zip" * 1000, 2999)


def test_download__larger_than_it_said(hub: FakeGitHub, github: GitHub) -> None:
    """What is packed on the way is counted as it is unpacked."""
    packed = gzip.compress(bytes(100_000))
    headers = {"content-encoding": "gzip"}
    hub.faults.append(Fault(method="GET", path="/repos", status=200, headers=headers, body=packed))

    with pytest.raises(GitHubError, match="it has more than 1000 bytes"):
        downloaded(hub, github, b"", 1000)


def test_download__not_to_an_address_without_encryption(hub: FakeGitHub, github: GitHub) -> None:
    hub.faults.append(fault(302, location="http://127.0.0.1:1/"))
    with pytest.raises(GitHubError, match="not encrypted"):
        downloaded(hub, github, b"zip", 10)


def test_token__is_not_shown(github: GitHub) -> None:
    assert "t0ken" not in repr(github)
