"""Which golden answers are accepted: those of the last commit, or of `ml-ci golden accept`.

What a run writes into metrics/golden.json itself is not accepted by lying there.
"""

from __future__ import annotations

from dataclasses import dataclass

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_bytes
from ml_ci.artifacts.golden import GoldenSnapshot, is_accepted
from ml_ci.repository import Repository


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What is to be believed of metrics/golden.json."""

    given: GoldenSnapshot | None
    """The answers somebody accepted; None when nobody has, or they cannot be read."""
    here: GoldenSnapshot | None = None
    """The file as it lies there, whoever wrote it."""
    problem: str = ""
    """What is wrong with the file or with the committed one; empty when nothing is."""


def find_accepted() -> Accepted:
    """The accepted answers, from the checkout and its commit."""
    here, problem = read_here()
    if here is not None and is_accepted():
        return Accepted(given=here, here=here)
    given, why = read_committed()
    return Accepted(given=given, here=here, problem=problem or why)


def golden_state() -> str:
    """SHA-256 over all that ``find_accepted`` looks at: what a report was made about."""
    contents = [_content_here(), _committed_content()]
    hashes = [sha256_of_bytes(one) if one is not None else "none" for one in contents]
    return sha256_of_bytes(" ".join([*hashes, str(is_accepted())]).encode())


def read_here() -> tuple[GoldenSnapshot | None, str]:
    """metrics/golden.json, or None and why there is none."""
    return _read(_content_here(), f"{paths.GOLDEN_JSON} is gone", str(paths.GOLDEN_JSON))


def read_committed() -> tuple[GoldenSnapshot | None, str]:
    """The one of the last commit; None when that has none, and why when that is a problem."""
    return _read(_committed_content(), "", f"the committed {paths.GOLDEN_JSON}")


def _read(content: bytes | None, missing: str, name: str) -> tuple[GoldenSnapshot | None, str]:
    if content is None:
        return None, missing
    try:
        return GoldenSnapshot.of_text(content), ""
    except ValueError:
        return None, f"{name} cannot be read"


def _content_here() -> bytes | None:
    return paths.GOLDEN_JSON.read_bytes() if paths.GOLDEN_JSON.is_file() else None


def _committed_content() -> bytes | None:
    return Repository().files_of("HEAD").read(paths.GOLDEN_JSON)
