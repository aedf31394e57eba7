"""A small client of GitHub's REST API: models in and out, bounded in size, time and attempts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from ml_ci.github.api_error import GitHubError, explained, unreadable

MEDIA_TYPE = "application/vnd.github+json"
API_VERSION = "2022-11-28"
PER_PAGE = 100  # the most GitHub gives
_MOST_PAGES = 100  # 10 000 entries of a list; GitHub itself ends most lists before
# One answer. A page has 100 texts of 65 536 characters, which anybody may write; JSON takes up to
# twelve bytes for one: 79 MB. A smaller limit would let strangers stop the comments.
_MOST_BYTES = 100_000_000
_ATTEMPTS = 4
_LONGEST_WAIT = 90.0  # seconds in all: a build that waits for the next hour's quota costs more
_REDIRECTS = 3  # from the API to the storage, and on to where it has moved
_BLOCK = 65_536

_Model = TypeVar("_Model", bound=BaseModel)
_Result = TypeVar("_Result")
Query = Mapping[str, str | int]


class Resource(BaseModel):
    """What the API says of something: frozen, and what we do not read is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """One repository's API, with one token."""

    http: httpx.Client
    api: str
    """`https://api.github.com`, or `https://HOST/api/v3`."""
    repository: str
    """`owner/name`."""
    token: str = field(repr=False)
    sleep: Callable[[float], None]
    now: Callable[[], float]
    """Seconds since 1970, to count from when GitHub says at what time to come back."""

    def get(self, model: type[_Model], path: str, query: Query | None = None) -> _Model:
        """One resource. ``path`` begins with ``/``; ``{repo}`` in it is this repository."""
        return _read(model, self._answer("GET", path, query=query), path)

    def all(
        self, model: type[_Model], path: str, query: Query | None = None, *, key: str = ""
    ) -> Iterator[_Model]:
        """Every entry of a list, page by page; ``key`` names the list in an answer around it."""
        url = self._url(path)
        pairs: Query | None = {**(query or {}), "per_page": PER_PAGE}
        for _ in range(_MOST_PAGES):
            answer = self._answer("GET", url, query=pairs)
            yield from _entries(model, answer, key, path)
            if answer.next is None:
                return
            # Only the query is taken over: the token goes nowhere but to this path of the API
            url, pairs = f"{self._url(path)}?{urlsplit(answer.next).query}", None
        raise unreadable(path, f"the list has more than {_MOST_PAGES} pages")

    def post(self, model: type[_Model], path: str, body: Mapping[str, object]) -> _Model:
        """Make something and return it as it is then."""
        return _read(model, self._answer("POST", path, body=body), path)

    def patch(self, model: type[_Model], path: str, body: Mapping[str, object]) -> _Model:
        """Change something and return it as it is then."""
        return _read(model, self._answer("PATCH", path, body=body), path)

    def delete(self, path: str) -> None:
        """Remove something."""
        self._answer("DELETE", path)

    def download(self, path: str, to: BinaryIO, *, max_bytes: int) -> None:
        """Write to ``to`` what ``path`` redirects to; more than ``max_bytes`` is a GitHubError.

        The storage it lies in is another host: it does not get the token.
        """
        url, headers = self._url(path), self._headers()
        for _ in range(_REDIRECTS + 1):
            with self._sent("GET", url, headers=headers) as answer:
                if not answer.is_redirect:
                    for block in _bounded(answer, max_bytes, path):
                        to.write(block)
                    return
                url, headers = self._elsewhere(answer, path), {}
        raise unreadable(path, f"it was redirected more than {_REDIRECTS} times")

    def _answer(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: Mapping[str, object] | None = None,
    ) -> _Answer:
        """The whole answer, at most `_MOST_BYTES` of it."""
        request: dict[str, Any] = {"params": query, "json": body, "headers": self._headers()}
        with self._sent(method, self._url(path), **request) as answer:
            if answer.is_redirect:
                raise explained(answer, method, path)
            content = b"".join(_bounded(answer, _MOST_BYTES, path))
            return _Answer(content=content, next=answer.links.get("next", {}).get("url"))

    @contextmanager
    def _sent(self, method: str, url: str, **request: Any) -> Iterator[httpx.Response]:
        """An answer that is no error, its body not read yet."""
        waited = 0.0
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                answer = self.http.send(
                    self.http.build_request(method, url, **request),
                    stream=True,
                    follow_redirects=False,
                )
            except httpx.TransportError as error:
                pause = float(2**attempt) if _unsent(error) or method != "POST" else None
                failure = GitHubError.unreachable(self.api, error)
            else:
                if answer.is_success or answer.is_redirect:
                    try:
                        yield answer
                    except httpx.TransportError as error:
                        raise GitHubError.unreachable(self.api, error) from None
                    finally:
                        answer.close()
                    return
                answer.read()
                answer.close()
                pause = self._pause(answer, method, attempt)
                failure = explained(answer, method, urlsplit(url).path)
            if pause is None or attempt == _ATTEMPTS or waited + pause > _LONGEST_WAIT:
                raise failure
            waited += pause
            self.sleep(pause)

    def _pause(self, answer: httpx.Response, method: str, attempt: int) -> float | None:
        """Seconds until the same request may be sent again; None when that would not help."""
        if answer.status_code in (403, 429):
            if "retry-after" in answer.headers:
                return _seconds(answer.headers["retry-after"], self.now())
            if answer.headers.get("x-ratelimit-remaining") == "0":
                reset = answer.headers.get("x-ratelimit-reset", "")
                return max(1.0, float(reset) - self.now()) if reset.isdecimal() else None
            return float(2**attempt) if answer.status_code == 429 else None
        if answer.status_code >= 500 and method != "POST":  # it may have been made all the same
            return float(2**attempt)
        return None

    def _headers(self) -> dict[str, str]:
        return {
            "accept": MEDIA_TYPE,
            "authorization": f"Bearer {self.token}",
            "x-github-api-version": API_VERSION,
            "user-agent": "ml-ci",
        }

    def _url(self, path: str) -> str:
        if path.startswith(self.api + "/"):
            return path
        return self.api + path.replace("{repo}", f"/repos/{self.repository}", 1)

    def _elsewhere(self, answer: httpx.Response, path: str) -> str:
        """Where an artifact lies. Encrypted as the API is."""
        url = str(answer.next_request.url) if answer.next_request else ""
        if urlsplit(url).scheme != urlsplit(self.api).scheme:
            raise unreadable(path, "it was redirected to an address that is not encrypted")
        return url


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """What came back, and where the rest of a list lies."""

    content: bytes
    next: str | None


def _entries(model: type[_Model], answer: _Answer, key: str, path: str) -> list[_Model]:
    if not key:
        return _checked(TypeAdapter(list[model]).validate_json, answer.content, path)  # type: ignore[valid-type]
    around = _checked(TypeAdapter(dict[str, Any]).validate_json, answer.content, path)
    return _checked(TypeAdapter(list[model]).validate_python, around.get(key), path)  # type: ignore[valid-type]


def _read(model: type[_Model], answer: _Answer, path: str) -> _Model:
    return _checked(model.model_validate_json, answer.content, path)


def _checked(validate: Callable[[Any], _Result], content: object, path: str) -> _Result:
    try:
        return validate(content)
    except ValidationError as error:
        raise unreadable(path, error.errors()[0]["msg"]) from None


def _bounded(answer: httpx.Response, most: int, path: str) -> Iterator[bytes]:
    """The body block by block, given up as soon as it is longer than it may be."""
    announced = answer.headers.get("content-length", "")
    received = int(announced) if announced.isdecimal() else 0
    if received > most:
        raise unreadable(path, f"it has {received} bytes, {most} are allowed")
    received = 0
    for block in answer.iter_bytes(_BLOCK):
        received += len(block)
        if received > most:
            raise unreadable(path, f"it has more than {most} bytes")
        yield block


def _unsent(error: httpx.TransportError) -> bool:
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)


def _seconds(retry_after: str, now: float) -> float:
    """The header as RFC 9110 has it: seconds or a date."""
    if retry_after.isdecimal():
        return float(retry_after)
    try:
        return max(1.0, parsedate_to_datetime(retry_after).timestamp() - now)
    except ValueError:
        return 1.0
