"""The build context: the folder that holds all a server needs, and nothing else.

For the project's own server: ``ml_ci/…`` (the server's modules), ``requirements/``, ``Dockerfile``,
``models/<name>/<version>/`` and ``serving.json``. The process engine runs it as it lies there; a
container image is made of it. For a user's own server: the files of ``server/`` and ``models/``.
"""

from __future__ import annotations

import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

import ml_ci
from ml_ci.artifacts.files import new_folder, sha256_of_bytes, sha256_of_path
from ml_ci.errors import UserError
from ml_ci.serving.settings import ServerSettings

LOCK_IN_CONTEXT = "requirements/serving.txt"
IMAGE_LOCK_IN_CONTEXT = "requirements/image.txt"
DOCKERFILE_IN_CONTEXT = "Dockerfile"
MODELS_IN_CONTEXT = "models"
SETTINGS_IN_CONTEXT = "serving.json"
# Everything `ml_ci.serving` imports, itself included; a test compares it with the import graph.
APP_MODULES = (
    "ml_ci",
    "ml_ci.artifacts",
    "ml_ci.artifacts.files",
    "ml_ci.artifacts.paths",
    "ml_ci.data",
    "ml_ci.data.container",
    "ml_ci.data.decode",
    "ml_ci.data.flatten",
    "ml_ci.data.orientation",
    "ml_ci.data.probe_images",
    "ml_ci.data.probe_values",
    "ml_ci.data.probes",
    "ml_ci.data.refusal",
    "ml_ci.environment",
    "ml_ci.errors",
    "ml_ci.onnx_runtime",
    "ml_ci.rung",
    "ml_ci.serving",
    "ml_ci.serving.__main__",
    "ml_ci.serving.app",
    "ml_ci.serving.body",
    "ml_ci.serving.climb",
    "ml_ci.serving.protocol",
    "ml_ci.serving.request_error",
    "ml_ci.serving.session",
    "ml_ci.serving.settings",
    "ml_ci.serving.tracing",
    "ml_ci.steps",
    "ml_ci.wire",
)


@dataclass(frozen=True, kw_only=True)
class ModelPart:
    """The exported model in a build context."""

    folder: Path
    """``models/<name>/<version>``."""
    name: str
    version: int

    def copy_to(self, context: Path) -> None:
        """Put it where model servers look for it: ``models/<name>/<version>``."""
        shutil.copytree(self.folder, context / MODELS_IN_CONTEXT / self.name / str(self.version))


@dataclass(frozen=True, kw_only=True)
class ContextParts:
    """What goes into the context of the project's server beside its modules."""

    model: ModelPart
    lock: Path
    """requirements/serving.txt: any Python, any system."""
    image_lock: Path
    """requirements/image.txt: the image's Python on Linux."""
    dockerfile: Path
    settings: ServerSettings


def build_context(folder: Path, parts: ContextParts) -> str:
    """Make ``folder`` anew and return its hash. Raises UserError when a part is missing."""
    _check_parts(parts.model.folder, parts.lock, parts.image_lock, parts.dockerfile)
    package = Path(ml_ci.__file__).parent.parent
    with new_folder(folder) as scratch:
        for module in APP_MODULES:
            source = _file_of(package, module)
            _copy(source, scratch / source.relative_to(package))
        _copy(parts.lock, scratch / LOCK_IN_CONTEXT)
        _copy(parts.image_lock, scratch / IMAGE_LOCK_IN_CONTEXT)
        _copy(parts.dockerfile, scratch / DOCKERFILE_IN_CONTEXT)
        parts.model.copy_to(scratch)
        parts.settings.save(scratch / SETTINGS_IN_CONTEXT)
    return context_hash(folder)


def build_own_context(folder: Path, model: ModelPart, own: Path | None) -> str:
    """The same for a server of the user's own, whose files lie in ``own``; None: it is an image."""
    _check_parts(model.folder, *([] if own is None else [own]))
    with new_folder(folder) as scratch:
        if own is not None:
            _check_own(own)
            # As in its hash: file managers and Python make hidden files and caches as they like
            ignored = shutil.ignore_patterns(".*", "__pycache__")
            shutil.copytree(own, scratch, dirs_exist_ok=True, ignore=ignored)
        model.copy_to(scratch)
    return context_hash(folder)


def context_hash(folder: Path) -> str:
    """SHA-256 over names, contents and what is executable: equal contexts serve alike, wherever
    they lie."""
    return sha256_of_bytes("\n".join([sha256_of_path(folder), *executables(folder)]).encode())


def executables(folder: Path) -> list[str]:
    """What is executable below ``folder``, hidden files left out: DVC does not see that change."""
    names = [
        path.relative_to(folder)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.stat().st_mode & stat.S_IXUSR
    ]
    return [name.as_posix() for name in names if not any(part[0] == "." for part in name.parts)]


def _check_parts(*parts: Path) -> None:
    for part in parts:
        if not part.exists():
            raise UserError(
                what="a part of the server is missing",
                where=str(part),
                fix="restore it with git, or run `dvc repro export` if it is the model",
            )


def _check_own(own: Path) -> None:
    """Raise UserError for what DVC would not watch, or what would be in the model's place."""
    for path in sorted(own.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise UserError(
                what="the folder of a server holds files and folders only: DVC watches no links",
                where=str(path),
                fix="put the file itself there",
            )
    if (own / MODELS_IN_CONTEXT).exists():
        raise UserError(
            what=f"{MODELS_IN_CONTEXT}/ is where the exported model is put",
            where=str(own / MODELS_IN_CONTEXT),
            fix="give this folder another name",
        )


def _file_of(package: Path, module: str) -> Path:
    place = package.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _copy(source: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, destination)
