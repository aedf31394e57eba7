"""An address that the golden set may be sent to: of a server, and without anything secret in it."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_VISIBLE = re.compile(r"[!-~]+")


class AddressError(ValueError):
    """Why nothing may be sent to an address, in one sentence that has no credentials in it."""

    def __init__(self, sentence: str, *, shown: str) -> None:
        self.shown = shown
        """The address, or only its host where the rest is not to be shown."""
        super().__init__(sentence)


def check_address(url: str, *, authorized: bool) -> None:
    """Raise AddressError unless the golden set, and credentials if there are any, may go there."""
    parts = _parts(url)
    if parts is None or parts.hostname is None:
        # A misspelt one may still hold what is not to be shown
        shown = url.rpartition("@")[2].partition("?")[0]
        raise AddressError("it is no address of a server", shown=shown)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise AddressError(
            "it holds credentials or a query, which the report would show", shown=parts.hostname
        )
    if authorized and parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise AddressError("credentials would be sent unencrypted", shown=url)


def _parts(url: str) -> SplitResult | None:
    """None when it is no address of a server."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.port != 0
    except ValueError:
        return None
    return parts if known and _VISIBLE.fullmatch(url) else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
