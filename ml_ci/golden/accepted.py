"""Which golden answers are accepted: those of the last commit, or of `ml-ci golden accept`.

What a run writes into metrics/golden.json itself is not accepted by lying there. All answers stand
under the names that their images have today.
"""

from __future__ import annotations

from dataclasses import dataclass

from ml_ci.artifacts import paths
from ml_ci.artifacts.acceptance import read_acceptance
from ml_ci.artifacts.files import sha256_of_bytes
from ml_ci.artifacts.golden import GoldenSnapshot
from ml_ci.data.manifest import parse_manifest
from ml_ci.golden.naming import GoldenSet, golden_images, under_todays_names
from ml_ci.repository import Repository

_HEAD = "HEAD"


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What is to be believed of metrics/golden.json."""

    given: GoldenSnapshot | None
    """The answers somebody accepted; None when nobody has, or they cannot be read."""
    committed: GoldenSnapshot | None = None
    """Those of the last commit where `given` is newer: they hold for what it does not answer."""
    here: GoldenSnapshot | None = None
    """The file as it lies there, whoever wrote it."""
    problem: str = ""
    """What is wrong with the file or with the committed one; empty when nothing is."""

    @property
    def earlier(self) -> tuple[GoldenSnapshot, ...]:
        """The accepted answers; of two to one image the first counts."""
        return tuple(one for one in (self.given, self.committed) if one is not None)


def find_accepted(today: GoldenSet) -> Accepted:
    """The accepted answers to the golden set ``today``, from the checkout and its commit."""
    here, problem = read_here()
    committed, why = committed_answers(_HEAD, today)
    note = read_acceptance()
    if note is not None:
        given = under_todays_names(note.answers, note.images, today)
        return Accepted(given=given, committed=committed, here=here)
    if _content_here() == _committed_content(_HEAD):
        here = committed  # the names in it are those of the commit
    return Accepted(given=committed, here=here, problem=problem or why)


def golden_state() -> str:
    """SHA-256 over all that ``find_accepted`` looks at: what a report was made about."""
    note = read_acceptance()
    contents = [
        _content_here(),
        _committed_content(_HEAD),
        _manifest_of(_HEAD),
        None if note is None else note.model_dump_json().encode(),
    ]
    hashes = [sha256_of_bytes(one) if one is not None else "none" for one in contents]
    return sha256_of_bytes(" ".join(hashes).encode())


def read_here() -> tuple[GoldenSnapshot | None, str]:
    """metrics/golden.json, or None and why there is none."""
    return _read(_content_here(), f"{paths.GOLDEN_JSON} is gone", str(paths.GOLDEN_JSON))


def committed_answers(commit: str, today: GoldenSet) -> tuple[GoldenSnapshot | None, str]:
    """The answers of a commit; None when it has none, and why when that is a problem.

    Whether they fit its dvc.lock makes no difference: they say themselves whose weights answered.
    """
    name = f"the committed {paths.GOLDEN_JSON}"
    snapshot, why = _read(_committed_content(commit), "", name)
    if snapshot is None:
        return None, why
    return under_todays_names(snapshot, _images_of(commit), today), ""


def _read(content: bytes | None, missing: str, name: str) -> tuple[GoldenSnapshot | None, str]:
    if content is None:
        return None, missing
    try:
        return GoldenSnapshot.of_text(content), ""
    except ValueError:
        return None, f"{name} cannot be read"


def _content_here() -> bytes | None:
    return paths.GOLDEN_JSON.read_bytes() if paths.GOLDEN_JSON.is_file() else None


def _committed_content(commit: str) -> bytes | None:
    return Repository().files_of(commit).read(paths.GOLDEN_JSON)


def _images_of(commit: str) -> GoldenSet:
    """What the names in the answers of a commit mean; nothing where no manifest says it."""
    try:
        return golden_images(parse_manifest(_manifest_of(commit) or b""))
    except ValueError:
        return {}


def _manifest_of(commit: str) -> bytes | None:
    """That of the commit which wrote the answers: images may have been renamed since, without a
    run that would have renamed the answers, too."""
    repository = Repository()
    wrote = repository.last_change(paths.GOLDEN_JSON, commit)
    return repository.files_of(wrote or commit).read(paths.MANIFEST)
