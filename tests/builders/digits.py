"""The example data as the script of ml_ci/data/prepare draws them, in one number."""

from __future__ import annotations

from collections.abc import Iterable

from ml_ci.artifacts.files import sha256_of_bytes
from ml_ci.data.manifest import Entry

DRAWN = "90d7f03bc7c3ffa7ac18ecfce5ee960905d8bbd4253c47e11a87b4fcd2647b6b"
"""Changes when, and only when, the script draws other pictures: then `ml-ci data update` too."""


def fingerprint(entries: Iterable[Entry]) -> str:
    """SHA-256 over path, hash and label of every file."""
    lines = [f"{entry.path} {entry.sha256} {entry.label}\n" for entry in entries]
    return sha256_of_bytes("".join(lines).encode())
