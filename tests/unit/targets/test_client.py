"""A client of any server: whatever comes back, it is bounded and said in one sentence."""

from __future__ import annotations

import asyncio
import gzip
import time

import pytest

from ml_ci.targets.client import Call, TargetError, open_client, parse_json
from tests.builders.http_server import Received, Respond, response, serving


def send(
    url: str,
    call: Call,
    *,
    seconds: float = 5.0,
    most: int = 1000,
    authorization: str | None = None,
) -> bytes:
    async def run() -> bytes:
        async with open_client(
            url,
            timeout_seconds=seconds,
            connections=1,
            most_bytes=most,
            authorization=authorization,
        ) as client:
            return await client.send(call)

    return asyncio.run(run())


def failure(respond: Respond, *, seconds: float = 5.0) -> TargetError:
    with serving(respond) as url, pytest.raises(TargetError) as caught:
        send(url, Call(path="/x", body=b""), seconds=seconds)
    return caught.value


def test_send__gives_the_body() -> None:
    with serving(lambda request: response(request.path.encode() + request.body)) as url:
        assert send(url, Call(path="/x?y=1", body=b"abc")) == b"/x?y=1abc"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(
            response(b"<h1>Bad\n Gateway</h1>", status="502 Bad Gateway"),
            "/x answered 502: '<h1>Bad Gateway</h1>'",
            id="HTML",
        ),
        pytest.param(
            response(b"", status="302 Found\r\nlocation: http://elsewhere/"),
            "/x redirects to 'http://elsewhere/'; redirects are not followed",
            id="redirect",
        ),
        pytest.param(
            response(b"x" * 1001), "the answer to /x is larger than 1000 bytes", id="too long"
        ),
        pytest.param(
            response(b"half", length=8), "the connection broke off during /x: ", id="half a body"
        ),
        pytest.param(b"", "the connection broke off during /x: ", id="nothing"),
        pytest.param(b"\x00garbage\r\n\r\n", "the connection broke off during /x: ", id="no HTTP"),
        pytest.param(
            response(gzip.compress(b"x" * 5000), status="500 No\r\ncontent-encoding: gzip"),
            "/x answered 500: ",
            id="compressed",
        ),
    ],
)
def test_send__says_what_is_wrong(answer: bytes, message: str) -> None:
    assert str(failure(lambda _: answer)).startswith(message)


def test_send__does_not_unpack_what_is_compressed() -> None:
    bomb = gzip.compress(b"x" * 10_000)
    with serving(lambda _: response(bomb, status="200 OK\r\ncontent-encoding: gzip")) as url:
        assert send(url, Call(path="/x")) == bomb


def test_send__cuts_off_an_endless_answer() -> None:
    endless = response(b"x" * 100_000, length=10_000_000_000)
    assert str(failure(lambda _: endless)) == "the answer to /x is larger than 1000 bytes"


def test_send__does_not_wait_longer_than_asked() -> None:
    def late(_: Received) -> bytes:
        time.sleep(0.5)
        return response(b"")

    error = failure(late, seconds=0.1)
    assert (str(error), error.hung) == ("no complete answer to /x within 0.1 s", True)


def test_send__to_nobody_says_so() -> None:
    with serving(lambda _: b"") as url:
        pass
    with pytest.raises(TargetError, match="/x cannot be reached: "):
        send(url, Call(path="/x"))


def test_parse_json__gives_the_document() -> None:
    assert parse_json(b'{"a": [1.5]}') == {"a": [1.5]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"<html>\n busy</html>", "it begins with '<html> busy</html>'", id="HTML"),
        pytest.param(b'{"a": NaN}', "it holds NaN, which JSON does not have", id="NaN"),
        pytest.param(b'{"a": -Infinity}', "it holds -Infinity", id="infinity"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="deep"),
        pytest.param(b"\xff\xfe\x00", "the answer is not JSON", id="not text"),
    ],
)
def test_parse_json__refuses(body: bytes, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        parse_json(body)


def test_parse_json__quotes_a_long_answer_in_part() -> None:
    with pytest.raises(TargetError) as caught:
        parse_json(b"x" * 1_000_000)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("authorization", ["Bearer s3cret", None])
def test_send__brings_the_authorization(authorization: str | None) -> None:
    seen: list[str | None] = []

    def respond(request: Received) -> bytes:
        seen.append(request.authorization)
        return response(b"")

    with serving(respond) as url:
        send(url, Call(path="/x"), authorization=authorization)

    assert [authorization] == seen


@pytest.mark.parametrize("quoted", ["Bearer s3cret", "s3cret"])
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("HTTP/1.1 401 No\r\ncontent-length: {length}\r\n\r\n{quoted}", id="refusal"),
        pytest.param(
            "HTTP/1.1 302 Found\r\nlocation: /?{quoted}\r\ncontent-length: 0\r\n\r\n", id="redirect"
        ),
    ],
)
def test_send__shows_no_credentials_that_a_server_quotes(answer: str, quoted: str) -> None:
    content = answer.format(quoted=quoted, length=len(quoted)).encode()

    with serving(lambda _: content) as url, pytest.raises(TargetError) as caught:
        send(url, Call(path="/x"), authorization="Bearer s3cret")

    assert (False, True) == ("s3cret" in str(caught.value), "***" in str(caught.value))
