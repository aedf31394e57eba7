"""The build context: the folder that holds all a server needs, and nothing else.

``ml_ci/…`` (the server's modules), ``requirements/serving.txt``, ``models/<name>/<version>/`` and
``serving.json``. The process engine runs it as it lies there; a container image is made of it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import ml_ci
from ml_ci.artifacts.files import new_folder, sha256_of_path
from ml_ci.errors import UserError
from ml_ci.serving.settings import ServerSettings

LOCK_IN_CONTEXT = "requirements/serving.txt"
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
class ContextParts:
    """What goes into a build context beside the server's modules."""

    model: Path
    """The folder ``models/<name>/<version>``."""
    version: int
    lock: Path
    """requirements/serving.txt."""
    settings: ServerSettings


def build_context(folder: Path, parts: ContextParts) -> str:
    """Make ``folder`` anew and return its hash. Raises UserError when a part is missing."""
    for part in (parts.model, parts.lock):
        if not part.exists():
            raise UserError(
                what="a part of the server is missing",
                where=str(part),
                fix="restore it with git, or run `dvc repro export` if it is the model",
            )
    package = Path(ml_ci.__file__).parent.parent
    with new_folder(folder) as scratch:
        for module in APP_MODULES:
            source = _file_of(package, module)
            _copy(source, scratch / source.relative_to(package))
        _copy(parts.lock, scratch / LOCK_IN_CONTEXT)
        place = scratch / MODELS_IN_CONTEXT / parts.settings.model / str(parts.version)
        shutil.copytree(parts.model, place)
        parts.settings.save(scratch / SETTINGS_IN_CONTEXT)
    return context_hash(folder)


def context_hash(folder: Path) -> str:
    """SHA-256 over names and contents: equal contexts serve alike, wherever they lie."""
    return sha256_of_path(folder)


def _file_of(package: Path, module: str) -> Path:
    place = package.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _copy(source: Path, destination: Path) -> None:
    destination.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, destination)
