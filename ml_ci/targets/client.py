"""A client of any HTTP server: one request, one answer, bounded in size and time.

It knows no server: paths and bodies come from the caller. Whatever goes wrong is one sentence.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

# Rungs of a model that takes 1024×1024 pixels are 25 MB, and the pixels of an image of 25 million,
# decoded and flattened, 175 MB: both fit. A server that never stops sending does not.
MOST_ANSWER_BYTES = 256 * 2**20
_SECRET = 6  # characters from which on a credential is hidden; a shorter one hides nothing itself
_SAID_CHARACTERS = 200  # of a server's own words, this many are quoted


class TargetError(Exception):
    """What a target did wrong on one request, in one sentence."""

    def __init__(self, sentence: str, *, hung: bool = False, disconnected: bool = False) -> None:
        self.hung = hung
        """No answer came in time."""
        self.disconnected = disconnected
        """There was no connection, or it broke off: the server may be gone."""
        super().__init__(sentence)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: a path below the server's address, and a body to POST (None: GET)."""

    path: str
    body: bytes | None = None
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, kw_only=True)
class Client:
    """Sends calls to one server."""

    http: httpx.AsyncClient
    timeout_seconds: float
    """For a whole answer, from the first byte sent to the last received."""
    most_bytes: int
    hidden: tuple[bytes, ...] = field(default=(), repr=False)
    """What no answer may show: a server may quote the credentials it was sent."""

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
        except httpx.ConnectError as error:
            raise TargetError(
                f"{call.path} cannot be reached: {_words(error)}", disconnected=True
            ) from None
        except httpx.HTTPError as error:
            raise TargetError(
                f"the connection broke off during {call.path}: {_words(error)}", disconnected=True
            ) from None

    async def _send(self, call: Call) -> bytes:
        method = "GET" if call.body is None else "POST"
        headers = {"content-type": call.content_type} if call.body is not None else {}
        async with self.http.stream(
            method, call.path, content=call.body, headers=headers
        ) as response:
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > self.most_bytes:
                    raise TargetError(
                        f"the answer to {call.path} is larger than {self.most_bytes} bytes"
                    )
        if response.is_redirect:
            body = bytearray(response.headers.get("location", "elsewhere").encode())
        shown = bytes(body)
        for secret in self.hidden:
            shown = shown.replace(secret, b"***")
        if response.status_code != httpx.codes.OK:
            raise TargetError(_refusal(call, response, shown))
        return shown


@asynccontextmanager
async def open_client(
    url: str,
    *,
    timeout_seconds: float,
    connections: int,
    most_bytes: int = MOST_ANSWER_BYTES,
    authorization: str | None = None,
) -> AsyncIterator[Client]:
    """A client for the server at ``url`` with at most ``connections`` at once.

    ``authorization`` is sent as the header of that name, and to nobody else.

    Proxy settings of the environment are ignored and nothing is decompressed: a small answer
    cannot unpack into a large one.
    """
    async with httpx.AsyncClient(
        base_url=url,
        # `send` limits the time of the whole answer; httpx could only limit that of its parts
        timeout=None,  # noqa: S113
        limits=httpx.Limits(max_connections=connections),
        follow_redirects=False,
        trust_env=False,
        headers={"accept-encoding": "identity"} | _authorizing(authorization),
    ) as http:
        yield Client(
            http=http,
            timeout_seconds=timeout_seconds,
            most_bytes=most_bytes,
            hidden=_secrets_of(authorization),
        )


def _authorizing(authorization: str | None) -> dict[str, str]:
    return {} if authorization is None else {"authorization": authorization}


def _secrets_of(authorization: str | None) -> tuple[bytes, ...]:
    """The whole header, and what follows its scheme (`Bearer`)."""
    if authorization is None:
        return ()
    parts = {authorization, authorization.partition(" ")[2].strip()}
    return tuple(
        part.encode() for part in sorted(parts, key=len, reverse=True) if len(part) >= _SECRET
    )


def parse_json(body: bytes) -> Any:
    """JSON from a server. Raises TargetError when it is none, or holds NaN or infinity."""
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise TargetError("the answer is JSON nested too deeply") from None
    except ValueError as error:
        raise TargetError(
            f"the answer is not JSON ({error}); it begins with {_quoted(body)}"
        ) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"it holds {name}, which JSON does not have")


def _refusal(call: Call, response: httpx.Response, body: bytes) -> str:
    if response.is_redirect:
        return f"{call.path} redirects to {_quoted(body)}; redirects are not followed"
    return f"{call.path} answered {response.status_code}: {_quoted(body)}"


def _quoted(body: bytes) -> str:
    text = body[: 4 * _SAID_CHARACTERS].decode("utf-8", errors="replace")
    return repr(" ".join(text.split())[:_SAID_CHARACTERS])


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
