"""The body of a request, read with a limit and a deadline."""

from __future__ import annotations

import anyio
from starlette.requests import ClientDisconnect, Request

from ml_ci.serving.request_error import RequestError

# A client that sends a byte now and then would hold a connection for ever.
BODY_SECONDS = 30.0
TIMED_OUT, TOO_LARGE, BROKEN_OFF = 408, 413, 400


async def read_body(request: Request, *, most: int) -> bytes:
    """The whole body, at most ``most`` bytes; never more than that is held in memory.

    Raises RequestError when it is longer, takes longer than ``BODY_SECONDS``, or ends early.
    """
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise _too_large(most)
    except TimeoutError:
        raise RequestError(TIMED_OUT, f"the body took longer than {BODY_SECONDS:.0f} s") from None
    except ClientDisconnect:
        raise RequestError(BROKEN_OFF, "the connection ended before the body did") from None
    return bytes(body)


def _too_large(most: int) -> RequestError:
    return RequestError(TOO_LARGE, f"the body is larger than {most} bytes")
