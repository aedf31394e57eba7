"""A client of any server: whatever comes back, it is bounded and said in one sentence."""

from __future__ import annotations

import asyncio
import gzip
import socket
import ssl
import threading
import time
from contextlib import suppress

import pytest
import trustme

from ml_ci.targets.client import Call, TargetError, open_client, parse_json
from ml_ci.targets.credentials import NO_CREDENTIALS, Credentials
from tests.builders.http_server import Received, Respond, response, serving


def send(
    url: str,
    call: Call,
    *,
    seconds: float = 5.0,
    most: int = 1000,
    credentials: Credentials = NO_CREDENTIALS,
) -> bytes:
    async def run() -> bytes:
        async with open_client(
            url,
            timeout_seconds=seconds,
            connections=1,
            most_bytes=most,
            credentials=credentials,
        ) as client:
            return await client.send(call)

    return asyncio.run(run())


def failure(
    respond: Respond, *, seconds: float = 5.0, credentials: Credentials = NO_CREDENTIALS
) -> TargetError:
    with serving(respond) as url, pytest.raises(TargetError) as caught:
        send(url, Call(path="/x", body=b""), seconds=seconds, credentials=credentials)
    return caught.value


def test_send__gives_the_body() -> None:
    with serving(lambda request: response(request.path.encode() + request.body)) as url:
        assert send(url, Call(path="/x?y=1", body=b"abc")) == b"/x?y=1abc"


@pytest.mark.parametrize("size", [0, 2**20 - 1, 2**20, 5_000_000])
def test_send__sends_a_body_of_any_size_with_its_length(size: int) -> None:
    def told(request: Received) -> bytes:
        whole = request.body == b"a" * size
        return response(f"{whole} {request.headers.get('content-length')}".encode())

    with serving(told) as url:
        assert send(url, Call(path="/x", body=b"a" * size)) == f"True {size}".encode()


@pytest.mark.parametrize(
    ("base", "path", "asked"),
    [
        pytest.param("", "/v2/m:predict?a=b%2Fc", b"/v2/m:predict?a=b%2Fc", id="escaped"),
        pytest.param("", "/é m", b"/%C3%A9%20m", id="not escaped"),
        pytest.param("/below", "/x", b"/below/x", id="below a path"),
        pytest.param("/below/", "/x", b"/below/x", id="below a path with a slash"),
    ],
)
def test_send__asks_for_the_path_behind_the_address(base: str, path: str, asked: bytes) -> None:
    with serving(lambda request: response(request.path.encode())) as url:
        assert send(url + base, Call(path=path)) == asked


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
            "/x redirects to 'http://elsewhere/', which is another server: refused, "
            "nothing was sent there",
            id="redirect to another server",
        ),
        pytest.param(
            response(b"", status="308 Moved\r\nlocation: /x/"),
            "/x redirects to '/x/' on the same server; redirects are not followed, so the settings "
            "have to name the path that answers",
            id="redirect on the same server",
        ),
        pytest.param(
            response(b"", status="302 Found\r\nlocation: http://[/"),
            "/x redirects to 'http://[/', which is another server: refused",
            id="redirect to no address",
        ),
        pytest.param(
            response(b"\x00who?", status="401 No"),
            "/x demands authentication (401): '\\x00who?'",
            id="authentication",
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


def test_send__to_a_server_that_nobody_vouches_for_says_so() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_shake_hands, args=(listening, context))
        thread.start()
        with pytest.raises(TargetError, match=r"/x cannot be reached: .*certificate verify failed"):
            send(f"https://127.0.0.1:{listening.getsockname()[1]}", Call(path="/x"))
        thread.join()


def _shake_hands(listening: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        context.wrap_socket(connection, server_side=True).close()


def test_parse_json__gives_the_document() -> None:
    assert parse_json(b'{"a": [1.5]}') == {"a": [1.5]}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            b"<html>\n busy</html>",
            "the answer is not JSON but HTML or XML, as proxies and login pages send it; "
            "it begins with '<html> busy</html>'",
            id="HTML",
        ),
        pytest.param(b'{"a": [1', "the answer is not JSON .Expecting ',' delimiter", id="half"),
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


def test_send__cuts_off_sooner_where_less_is_expected() -> None:
    with (
        serving(lambda _: response(b"x" * 11)) as url,
        pytest.raises(TargetError, match="the answer to /x is larger than 10 bytes"),
    ):
        send(url, Call(path="/x", most_bytes=10))


GIVEN = Credentials(
    headers={"Authorization": "Bearer s3cret", "X-Api-Key": "k3y-of-mine"}, setting="`headers`"
)


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        pytest.param(GIVEN, ("Bearer s3cret", "k3y-of-mine"), id="some"),
        pytest.param(NO_CREDENTIALS, (None, None), id="none"),
    ],
)
def test_send__brings_the_credentials(
    credentials: Credentials, expected: tuple[str | None, str | None]
) -> None:
    seen: list[tuple[str | None, str | None]] = []

    def respond(request: Received) -> bytes:
        seen.append((request.headers.get("authorization"), request.headers.get("x-api-key")))
        return response(b"")

    with serving(respond) as url:
        send(url, Call(path="/x"), credentials=credentials)

    assert [expected] == seen


@pytest.mark.parametrize("location", ["{url}/x", "http://127.0.0.1:1/x", "//other.test/x", "/y"])
def test_send__brings_credentials_to_no_place_it_is_redirected_to(location: str) -> None:
    asked: list[str] = []

    def elsewhere(request: Received) -> bytes:
        asked.append(f"elsewhere {request.path}")
        return response(b"")

    with serving(elsewhere) as other:
        place = location.format(url=other)

        def respond(request: Received) -> bytes:
            asked.append(f"first {request.path}")
            return response(b"", status=f"307 Elsewhere\r\nlocation: {place}")

        assert "redirects to" in str(failure(respond, credentials=GIVEN))
    assert ["first /x"] == asked


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    ("credentials", "message"),
    [
        pytest.param(
            Credentials(setting="`targets.staging.headers` in params.yaml"),
            "/x demands authentication ({status}), which `targets.staging.headers` in params.yaml "
            "can give: 'no'",
            id="none given",
        ),
        pytest.param(GIVEN, "/x answered {status} to the credentials of `headers`: 'no'", id="bad"),
    ],
)
def test_send__names_the_setting_of_the_credentials(
    status: int, credentials: Credentials, message: str
) -> None:
    error = failure(lambda _: response(b"no", status=f"{status} No"), credentials=credentials)
    assert (message.format(status=status), True) == (str(error), error.futile)


@pytest.mark.parametrize("quoted", ["Bearer s3cret", "s3cret", "k3y-of-mine"])
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("HTTP/1.1 401 No\r\ncontent-length: {length}\r\n\r\n{quoted}", id="refusal"),
        pytest.param("HTTP/1.1 500 No\r\ncontent-length: {length}\r\n\r\n{quoted}", id="error"),
        pytest.param(
            "HTTP/1.1 302 Found\r\nlocation: /?{quoted}\r\ncontent-length: 0\r\n\r\n", id="redirect"
        ),
    ],
)
def test_send__shows_no_credentials_that_a_server_quotes(answer: str, quoted: str) -> None:
    content = answer.format(quoted=quoted, length=len(quoted)).encode()

    error = str(failure(lambda _: content, credentials=GIVEN))

    assert (False, False, True) == ("s3cret" in error, "k3y" in error, "***" in error)


def test_send__gives_no_answer_with_credentials_in_it() -> None:
    with serving(lambda request: response(str(request.authorization).encode())) as url:
        assert b"***" == send(url, Call(path="/x"), credentials=GIVEN)
