"""The files of a dump: what lies in the folder and its archives, by image; no array is read."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO

from ml_ci.data.samples import is_left_behind
from ml_ci.steps import LABEL, RECEIVED
from ml_ci.targets.dump_names import FAILURE, MODE, Names, Part
from ml_ci.targets.dump_problems import DumpError, Problems

ENVIRONMENT_FILE = "environment.json"
NPY, BYTES, TEXT, ARCHIVE = ".npy", ".bin", ".txt", ".npz"
_TEXTS = frozenset({LABEL.name, MODE, FAILURE})
_ARCHIVES_OPEN = 4
_UNREADABLE = (
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,  # a compression that this Python does not know
    RuntimeError,  # encrypted
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one thing lies: a file, or a member of an archive."""

    path: Path
    member: str | None = None

    @property
    def kind(self) -> str:
        """NPY, BYTES or TEXT."""
        return NPY if self.member is not None else self.path.suffix

    def __str__(self) -> str:
        if self.member is None:
            return str(self.path)
        return f"{self.path} (`{self.member.removesuffix(NPY)}`)"


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a dump has of one image."""

    parts: dict[str, Place] = field(default_factory=dict)
    """By the part's name."""
    refused: list[str] = field(default_factory=list)
    """What it has too, but not so that it could be used, in words."""


def list_dump(folder: Path, names: Names, problems: Problems) -> dict[str, Held]:
    """By image: everything below ``folder`` that is named like a rung; the rest is a problem."""
    found: dict[Part, Place] = {}
    listing: dict[str, Held] = defaultdict(Held)
    for place, part in _places(folder, names, problems):
        held = listing[part.image]
        try:
            _check_kind(part, place.kind)
            if part in found:
                held.parts.pop(part.name, None)  # none of the two: who knows which is right
                raise DumpError(
                    f"it is the second of its kind, the first is {found[part]}",
                    fix="remove the one that is wrong",
                )
            found[part] = held.parts[part.name] = place
        except DumpError as problem:
            problems.add(str(place), problem)
            held.refused.append(f"`{part.name}`: {problem.what}")
    return listing


class Archives:
    """Opens places. The archives used last stay open: their directories may be long."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, zipfile.ZipFile] = OrderedDict()

    def __enter__(self) -> Archives:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for archive in self._open.values():
            archive.close()

    @contextmanager
    def opened(self, place: Place) -> Iterator[tuple[IO[bytes], int]]:
        """The content of a place, and how many bytes it should have.

        Raises DumpError when it cannot be opened or read, also from within the block.
        """
        with _readable():
            if place.member is None:
                with place.path.open("rb") as stream:
                    yield stream, place.path.stat().st_size
                return
            archive = self._archive(place.path)
            with archive.open(place.member) as member:
                yield member, archive.getinfo(place.member).file_size

    def _archive(self, path: Path) -> zipfile.ZipFile:
        if path not in self._open:
            if len(self._open) == _ARCHIVES_OPEN:
                self._open.popitem(last=False)[1].close()
            self._open[path] = zipfile.ZipFile(path)
        self._open.move_to_end(path)
        return self._open[path]


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        said = " ".join(str(error).split())[:200]
        raise DumpError(f"it cannot be read: {said}", fix="copy or record it again") from None


def _places(folder: Path, names: Names, problems: Problems) -> Iterator[tuple[Place, Part]]:
    """Every file and member that has the name of a part; what has not is a problem."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if not path.is_file() or is_left_behind(inside) or inside == Path(ENVIRONMENT_FILE):
            continue
        try:
            if inside.suffix == ARCHIVE:
                yield from _members(path, inside, names, problems)
            else:
                yield Place(path=path), names.part(_without_kind(inside))
        except DumpError as problem:
            problems.add(str(path), problem)


def _members(
    path: Path, inside: Path, names: Names, problems: Problems
) -> Iterator[tuple[Place, Part]]:
    own = inside.with_suffix("").as_posix()
    image = names.image(own) if names.is_image(own) else None
    with _readable(), zipfile.ZipFile(path) as archive:
        members = [info.filename for info in archive.infolist() if not info.is_dir()]
    for member in members:
        place = Place(path=path, member=member)
        try:
            yield place, names.part(member.removesuffix(NPY), image=image)
        except DumpError as problem:
            problems.add(str(place), problem)


def _without_kind(inside: Path) -> str:
    if inside.suffix not in (NPY, BYTES, TEXT):
        ending = f"with the ending {inside.suffix}" if inside.suffix else "without an ending"
        raise DumpError(
            f"files {ending} are not read",
            fix="save arrays with np.save (.npy) or np.savez (.npz), texts as .txt and the bytes "
            "that were received as .bin; or remove it",
        )
    return inside.with_suffix("").as_posix()


def _check_kind(part: Part, kind: str) -> None:
    if (kind == BYTES and part.name != RECEIVED.name) or (kind == TEXT and part.name not in _TEXTS):
        raise DumpError(
            f"`{part.name}` cannot be read from a {kind} file", fix="save the array with np.save"
        )
