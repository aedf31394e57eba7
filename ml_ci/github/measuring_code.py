"""The measuring code: which parts of it a pull request changes itself.

A report is made by the code of the pull request it is about, and that code can print what it likes.
Whoever reads the report has to know whether the code is the one they know. The list of changed
files comes from GitHub, never from the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml_ci.github.api import GitHub, Resource
from ml_ci.github.plan import is_documentation

_MOST_FILES = 3000  # GitHub lists no more of a pull request

_NETWORK = "the network, which runs inside the measuring process"
_SETTINGS = "the settings, thresholds among them"
_ANSWERS = "the accepted answers on the golden set"
# What work on a model changes every day: said, but no alarm.
_ORDINARY = frozenset({_NETWORK, _SETTINGS, _ANSWERS})
_MEASURED = ""  # what is measured, documented or tested with: it decides no verdict
# Folders end with a slash. The first entry that fits a path decides, so exceptions come first.
# docs/architecture.md, "Yours and ours", says what all of these are for.
_PARTS: tuple[tuple[str, str], ...] = (
    ("ml_ci/model/network.py", _NETWORK),
    ("ml_ci/report/", "what gathers the report and opens the gate"),
    ("ml_ci/github/", "what hands the report over"),
    ("ml_ci/", "the engine, which trains, measures, compares and reports"),
    ("dvc.yaml", "the pipeline"),
    ("scripts/", "the engine's scripts"),
    (".github/", "the workflows"),
    ("params.yaml", _SETTINGS),
    ("metrics/golden.json", _ANSWERS),
    ("Dockerfile", "what the server's container is made of"),
    ("requirements/", "the environment it runs in"),
    ("pyproject.toml", "the environment it runs in"),
    ("Makefile", "the environment it runs in"),
    (".ci/", "the environment it runs in"),
    (".dvc/", "where data and weights are pulled from"),
    (".dvcignore", "which data are versioned"),
    (".gitattributes", "how git reads the files"),
    ("dumps/", "what devices recorded, which is compared as it lies there"),
    ("metrics/", _MEASURED),
    ("data/", _MEASURED),
    ("data.dvc", _MEASURED),
    ("data.manifest.csv", _MEASURED),
    ("dvc.lock", _MEASURED),
    ("dvc-remote/", _MEASURED),
    ("pretrained/", _MEASURED),
    ("server/", _MEASURED),
    ("examples/", _MEASURED),
    ("tests/", _MEASURED),
    ("benchmarks/", _MEASURED),
    ("docs/", _MEASURED),
    ("README.md", _MEASURED),
    ("CHANGELOG.md", _MEASURED),
    ("LICENSE", _MEASURED),
    (".gitignore", _MEASURED),
    (".pre-commit-config.yaml", _MEASURED),
)
# Python looks in the repository's root first: a file there can take the place of any module
_UNKNOWN = "files the template does not know, which the measuring process may load"


class ChangedFile(Resource):
    """A file that a pull request changes."""

    filename: str
    previous_filename: str | None = None
    """Where it was renamed from."""


@dataclass(frozen=True, kw_only=True)
class ChangedPart:
    """One part of the measuring code, and the files of it that are changed."""

    part: str
    files: tuple[str, ...]

    @property
    def is_ordinary(self) -> bool:
        """Whether work on a model changes it every day."""
        return self.part in _ORDINARY


@dataclass(frozen=True, kw_only=True)
class MeasuringCode:
    """What a pull request changes of the code that measures it."""

    parts: tuple[ChangedPart, ...]
    complete: bool
    """False when it changes more files than GitHub lists."""
    beyond_documentation: tuple[str, ...] = ()
    """Changed files that are no documentation: with one of them there is something to measure."""

    @property
    def is_changed(self) -> bool:
        """Whether more may be changed of it than work on a model changes every day."""
        return not self.complete or not all(part.is_ordinary for part in self.parts)


def changed_measuring_code(github: GitHub, pull_request: int) -> MeasuringCode:
    """What the pull request changes of the code that measures it, by GitHub's list of its files."""
    path = f"{{repo}}/pulls/{pull_request}/files"
    files = list(github.all(ChangedFile, path))
    names = [name for file in files for name in (file.filename, file.previous_filename) if name]
    return MeasuringCode(
        parts=measuring_parts(names),
        complete=len(files) < _MOST_FILES,
        beyond_documentation=tuple(sorted({name for name in names if not is_documentation(name)})),
    )


def measuring_parts(paths: Iterable[str]) -> tuple[ChangedPart, ...]:
    """The parts of the measuring code that ``paths`` belong to, in the order of the table."""
    found: dict[str, list[str]] = {}
    for path in sorted(set(paths)):
        part = _part_of(path)
        if part != _MEASURED:
            found.setdefault(part, []).append(path)
    return tuple(
        ChangedPart(part=part, files=tuple(found[part])) for part in _order() if part in found
    )


def _part_of(path: str) -> str:
    for pattern, part in _PARTS:
        if path == pattern or (pattern.endswith("/") and path.startswith(pattern)):
            return part
    return _UNKNOWN


def _order() -> Sequence[str]:
    return list(dict.fromkeys([*(part for _, part in _PARTS if part), _UNKNOWN]))
