"""A package: what CI measured of one commit, as a folder that `ml-ci accept` can take over.

meta.json                 the commit, and the version of this layout
dvc.lock                  as `dvc repro` left it
metrics/                  as the measuring stages wrote it
cache/files/md5/xx/...    the objects of the cached outputs, named as in DVC's own cache
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ml_ci.artifacts import paths
from ml_ci.artifacts.inputs import INPUTS_JSON
from ml_ci.base.numbers import FILES, read_numbers, why_not_of_this_lock
from ml_ci.base.pipeline import Pipeline, UnreadableError, read_pipeline
from ml_ci.errors import UserError

ARTIFACT = "ml-ci-measured"
"""Under this name CI keeps it."""
SCHEMA_VERSION: Literal[1] = 1
META = Path("meta.json")
CACHE = Path("cache")
OBJECTS = CACHE / "files/md5"
OUTPUTS = (paths.TRAINED, paths.MODELS)
"""The cached outputs of the pipeline: what a retraining would make anew."""
METRICS = (*FILES, INPUTS_JSON)
"""These there must be; further files of metrics/ are taken along."""

_METRICS_FILE = re.compile(r"metrics/[A-Za-z0-9][\w-]{0,100}\.(json|csv)", re.ASCII)
_OBJECT = re.compile(r"cache/files/md5/[0-9a-f]{2}/[0-9a-f]{30}(\.dir)?")
_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")
FIX = "take the artifact of a run of this very commit, as CI made it; see docs/merging.md"


class Meta(BaseModel):
    """meta.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1]
    commit: Annotated[str, Field(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$")]
    """The commit that was checked out when it was measured."""


@dataclass(frozen=True, kw_only=True)
class Package:
    """A package that was read: nothing in it has been believed yet but its form."""

    commit: str
    lock: bytes
    pipeline: Pipeline
    """Its dvc.lock, beside the dvc.yaml of this checkout."""
    metrics: Mapping[Path, bytes]
    """By path in the checkout."""
    cache: Path
    """Its objects, laid out as DVC's cache is."""
    objects: Mapping[str, Path]
    """By MD5 (with `.dir` for listings): where each lies. Not held against its name yet."""


def is_expected(name: str) -> bool:
    """Whether a package may hold a file of this name (with forward slashes)."""
    fixed = {META.as_posix(), paths.LOCK.as_posix()}
    return name in fixed or any(kind.fullmatch(name) for kind in (_METRICS_FILE, _OBJECT))


def read_package(folder: Path) -> Package:
    """The package in ``folder``, which holds expected names only (``unpacking.opened``).

    Raises UserError when a part is missing or damaged. dvc.yaml is read from this checkout.
    """
    lock = _part(folder, paths.LOCK)
    meta = _meta(_part(folder, META))
    contents = {paths.LOCK: lock, paths.PIPELINE: paths.PIPELINE.read_bytes()}
    try:
        pipeline = read_pipeline(contents.get)
    except UnreadableError as error:
        raise damaged(folder / paths.LOCK, str(error)) from None
    metrics = {path: _part(folder, path) for path in METRICS}
    for path in sorted((folder / paths.METRICS).iterdir()):
        metrics.setdefault(paths.METRICS / path.name, path.read_bytes())
    _check_metrics(folder, metrics, pipeline)
    objects = {
        path.parent.name + path.name: path for path in sorted((folder / OBJECTS).glob("*/*"))
    }
    return Package(
        commit=meta.commit,
        lock=lock,
        pipeline=pipeline,
        metrics=metrics,
        cache=folder / CACHE,
        objects=objects,
    )


def is_listing(md5: str) -> bool:
    """Whether an object lists the files of a folder."""
    return md5.endswith(".dir")


def listed(md5: str, listing: bytes) -> dict[str, str]:
    """MD5 by path of the files in the folder that the object ``md5`` lists.

    Raises UserError unless every path stays within the folder: DVC would write wherever it says.
    """
    try:
        files = {str(entry["relpath"]): str(entry["md5"]) for entry in json.loads(listing)}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(Path(md5), f"it is no listing of a folder: {error!r}") from None
    for path, digest in files.items():
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or "\\" in path or ":" in path:
            raise damaged(Path(md5), f"it lists `{path}`, which is no path within a folder")
        if _MD5.fullmatch(digest) is None or is_listing(digest):
            raise damaged(Path(md5), f"it lists `{path}` with `{digest}`, which is no MD5")
    return files


def wanted_objects(pipeline: Pipeline, read: Callable[[str], bytes]) -> list[str]:
    """MD5 of every object that the cached outputs consist of, listings first.

    ``read`` gives the content of a listing.
    """
    wanted: list[str] = []
    for output in OUTPUTS:
        md5 = pipeline.outputs.get(output.as_posix()) or ""
        if _MD5.fullmatch(md5) is None:
            raise damaged(paths.LOCK, f"it has no MD5 of `{output}`")
        wanted.append(md5)
        if is_listing(md5):
            wanted += listed(md5, read(md5)).values()
    return list(dict.fromkeys(wanted))


def damaged(where: Path, what: str) -> UserError:
    """What is wrong with a package."""
    return UserError(
        what=f"what CI measured cannot be taken over: {what}", where=str(where), fix=FIX
    )


def _check_metrics(folder: Path, metrics: Mapping[Path, bytes], pipeline: Pipeline) -> None:
    """Raise UserError unless they can be read and come from the run that dvc.lock holds."""
    try:
        read_numbers(metrics.get)
    except UnreadableError as error:
        raise damaged(folder / paths.METRICS, str(error)) from None
    reason = why_not_of_this_lock(metrics.get, pipeline)
    if reason is not None:
        raise damaged(folder / paths.METRICS, reason)


def _part(folder: Path, path: Path) -> bytes:
    try:
        return (folder / path).read_bytes()
    except FileNotFoundError:
        raise damaged(folder, f"{path} is missing in it") from None


def _meta(content: bytes) -> Meta:
    try:
        return Meta.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise damaged(META, f"{place}: {first['msg']}") from None
