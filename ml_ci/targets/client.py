"""A client of any HTTP server: one request, one answer, bounded in size and time.

It knows no server: paths and bodies come from the caller. Whatever goes wrong is one sentence.
"""

from __future__ import annotations

import asyncio
import io
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import aiohttp
import certifi
from yarl import URL

from ml_ci.targets.credentials import NO_CREDENTIALS, Credentials

# Rungs of a model that takes 1024×1024 pixels are 25 MB, and the pixels of an image of 25 million,
# decoded and flattened, 175 MB: both fit. A server that never stops sending does not.
MOST_ANSWER_BYTES = 256 * 2**20
# aiohttp wants larger bodies as files, which it sends in pieces
_PLAIN_BODY_BYTES = 2**20
# In a path and its query, by https://www.rfc-editor.org/rfc/rfc3986#section-2; and what is escaped
_LEFT_ALONE = "!#$%&'()*+,/:;=?@[]~"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SAID_CHARACTERS = 200  # of a server's own words, this many are quoted


class TargetError(Exception):
    """What a target did wrong on one request, in one sentence."""

    def __init__(
        self,
        sentence: str,
        *,
        hung: bool = False,
        disconnected: bool = False,
        futile: bool = False,
        status: int | None = None,
    ) -> None:
        self.hung = hung
        """No answer came in time."""
        self.disconnected = disconnected
        """There was no connection, or it broke off: the server may be gone."""
        self.futile = futile
        """Other requests would most likely meet the same: nobody listens, or nobody is let in."""
        self.status = status
        """Of an answer that was not 200."""
        super().__init__(sentence)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: a path below the server's address, and a body to POST (None: GET)."""

    path: str
    body: bytes | None = None
    content_type: str = "application/octet-stream"
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside the type of the body."""
    most_bytes: int | None = None
    """Of the answer, where fewer than the client's will do."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """Sends calls to one server."""

    http: aiohttp.ClientSession
    url: str
    """The server's address, before the path of every call."""
    timeout_seconds: float
    """For a whole answer, from the first byte sent to the last received."""
    most_bytes: int
    credentials: Credentials = NO_CREDENTIALS
    """What the server is sent with each call; no answer may show them."""

    async def send(self, call: Call) -> bytes:
        """The body of the answer, when its status is 200.

        Raises TargetError for another status (redirects are refused), an answer that does not come
        in time, breaks off, or is larger than ``most_bytes``.
        """
        try:
            async with asyncio.timeout(self.timeout_seconds):
                return await self._send(call)
        except TimeoutError:
            raise TargetError(
                f"no complete answer to {call.path} within {self.timeout_seconds:g} s", hung=True
            ) from None
        except aiohttp.ClientConnectorError as error:
            raise TargetError(
                f"{call.path} cannot be reached: {_words(error)}", disconnected=True, futile=True
            ) from None
        except aiohttp.ClientError as error:
            raise TargetError(
                f"the connection broke off during {call.path}: {_words(error)}", disconnected=True
            ) from None

    async def _send(self, call: Call) -> bytes:
        method = "GET" if call.body is None else "POST"
        headers = dict(call.headers)
        if call.body is not None:
            headers["content-type"] = call.content_type
        most = self.most_bytes if call.most_bytes is None else call.most_bytes
        async with self.http.request(
            method,
            _address(self.url, call.path),
            data=_sent(call.body),
            headers=headers,
            allow_redirects=False,
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > most:
                    raise TargetError(f"the answer to {call.path} is larger than {most} bytes")
        shown, status = self._without_secrets(bytes(body)), response.status
        if status == HTTPStatus.OK:
            return shown
        if status // 100 == 3:
            raise TargetError(self._redirection(call, response), futile=True, status=status)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise TargetError(self._denial(call, response, shown), futile=True, status=status)
        raise TargetError(f"{call.path} answered {status}: {_quoted(shown)}", status=status)

    def _without_secrets(self, content: bytes) -> bytes:
        for secret in self.credentials.secrets:
            content = content.replace(secret, b"***")
        return content

    def _redirection(self, call: Call, response: aiohttp.ClientResponse) -> str:
        """It is not followed: the credentials are for one server, a POST that is redirected may
        become a GET, and which path is asked should stand in the settings."""
        place = response.headers.get("location", "")
        quoted = _quoted(self._without_secrets(place.encode()))
        if _same_server(str(response.url), place):
            return (
                f"{call.path} redirects to {quoted} on the same server; redirects are not "
                "followed, so the settings have to name the path that answers"
            )
        return (
            f"{call.path} redirects to {quoted}, which is another server: refused, "
            "nothing was sent there"
        )

    def _denial(self, call: Call, response: aiohttp.ClientResponse, body: bytes) -> str:
        setting, status = self.credentials.setting, response.status
        if self.credentials.headers:
            told = f"answered {status} to the credentials of {setting}"
        else:
            told = f"demands authentication ({status})"
            told += f", which {setting} can give" if setting else ""
        return f"{call.path} {told}: {_quoted(body)}"


@asynccontextmanager
async def open_client(
    url: str,
    *,
    timeout_seconds: float,
    connections: int,
    most_bytes: int = MOST_ANSWER_BYTES,
    credentials: Credentials = NO_CREDENTIALS,
) -> AsyncIterator[Client]:
    """A client for the server at ``url`` with at most ``connections`` at once.

    ``credentials`` are sent with each call, and to nobody else.

    Proxy settings of the environment are ignored and nothing is decompressed: a small answer
    cannot unpack into a large one.
    """
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, ssl=_trusted(url)),
        # `send` limits the time of the whole answer; aiohttp could only limit that of its parts
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        headers={"accept-encoding": "identity", **credentials.headers},
    ) as http:
        yield Client(
            http=http,
            url=str(URL(url)).rstrip("/"),
            timeout_seconds=timeout_seconds,
            most_bytes=most_bytes,
            credentials=credentials,
        )


def parse_json(body: bytes) -> Any:
    """JSON from a server. Raises TargetError when it is none, or holds NaN or infinity."""
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise TargetError("the answer is JSON nested too deeply") from None
    except ValueError as error:
        what = f"not JSON ({error})"
        if body.lstrip()[:1] == b"<":
            what = "not JSON but HTML or XML, as proxies and login pages send it"
        raise TargetError(f"the answer is {what}; it begins with {_quoted(body)}") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"it holds {name}, which JSON does not have")


def _address(url: str, path: str) -> URL:
    """What the settings have escaped stays as it is; what has to be and is not is escaped."""
    return URL(url + quote(path, safe=_LEFT_ALONE), encoded=True)


def _same_server(url: str, location: str) -> bool:
    """Whether a redirect stays with the server that sent it: its scheme, host and port."""
    try:
        return _origin(url) == _origin(urljoin(url, location))
    except ValueError:
        return False


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Raises ValueError for what is no address."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)


def _sent(body: bytes | None) -> bytes | io.BytesIO | None:
    return body if body is None or len(body) < _PLAIN_BODY_BYTES else io.BytesIO(body)


def _trusted(url: str) -> ssl.SSLContext | bool:
    """The same authorities on every system; reading them takes a moment, so only where asked."""
    if urlsplit(url).scheme != "https":
        return True
    return ssl.create_default_context(cafile=certifi.where())


def _quoted(body: bytes) -> str:
    text = body[: 4 * _SAID_CHARACTERS].decode("utf-8", errors="replace")
    return repr(" ".join(text.split())[:_SAID_CHARACTERS])


def _words(error: aiohttp.ClientError) -> str:
    """Without the address, which the caller names."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return str(error.certificate_error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return str(error.os_error)
    if isinstance(error, aiohttp.ClientResponseError) and error.message:
        return " ".join(error.message.split())[:_SAID_CHARACTERS]
    return str(error) or type(error).__name__
