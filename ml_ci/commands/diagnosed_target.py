"""What is to be diagnosed: a target as it was recorded, or a server that is asked now."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml.error import YAMLError

from ml_ci.artifacts import paths
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.commands.compared_side import open_side
from ml_ci.commands.drift import check_url, deployed_credentials
from ml_ci.data.decode import DecodeRule, ImageError, read_image
from ml_ci.data.samples import is_left_behind, read_golden
from ml_ci.errors import UserError
from ml_ci.params.container import ContainerSettings, ProjectServer
from ml_ci.params.parsing import parsed
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.params.targets import HttpTarget, Protocol, TargetsSettings
from ml_ci.stages.recording import routes_of_target
from ml_ci.targets.asking import Source
from ml_ci.targets.deployed import Deployed
from ml_ci.targets.replay import ReplayJob, replay
from ml_ci.targets.routes import Routes, as_any_client, routes_of_model, routes_of_server
from ml_ci.trace.reading import Trace

OURS, OURS_TRACED = "ml-ci", "ml-ci-trace"
"""Protocols by name: our own server, asked as any client does, or through its trace routes too."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the command was asked for: exactly one of ``target``, ``trace`` and ``url``."""

    target: str | None
    """The name of one that was recorded."""
    trace: Path | None
    """A folder with a trace or a dump."""
    url: str | None
    protocol: str | None
    """For ``url``: OURS, OURS_TRACED, a target of params.yaml, or a YAML file with a protocol."""
    images: Path | None
    """Instead of the golden set."""
    json_file: Path | None
    variables: Mapping[str, str]
    """The environment, which may hold credentials for ``url``."""

    @property
    def recorded(self) -> str | None:
        """What was recorded before, by its name or its folder."""
        return self.target if self.trace is None else str(self.trace)

    def check(self) -> None:
        """Raise UserError unless it is said what to diagnose, once."""
        named = [one for one in (self.target, self.trace, self.url) if one is not None]
        if len(named) != 1:
            raise UserError(
                what=f"{len(named)} things to diagnose were named, not one",
                where="ml-ci diagnose",
                fix="name a target that was recorded, or give one of --url and --trace",
            )
        if self.protocol is not None and self.url is None:
            raise UserError(
                what="a protocol is how a server is asked, and none is asked",
                where="--protocol",
                fix="give --url, too, or leave --protocol out",
            )


def images_of(folder: Path | None, rule: DecodeRule) -> dict[str, Path]:
    """The images to look at, by name: the golden set, or all that are images in ``folder``.

    Raises UserError where there is none.
    """
    if folder is None:
        return {sample.name: sample.path for sample in read_golden(paths.GOLDEN)}
    found = {
        path.relative_to(folder).as_posix(): path
        for path in (sorted(folder.rglob("*")) if folder.is_dir() else ())
        if path.is_file() and not is_left_behind(Path(path.name)) and _is_image(path, rule)
    }
    if not found:
        raise UserError(
            what="there is no image that the model takes",
            where=str(folder),
            fix="name a folder with PNG, JPEG, WebP, GIF or BMP files within the `limits` of "
            "params.yaml",
        )
    return found


def _is_image(path: Path, rule: DecodeRule) -> bool:
    try:
        read_image(path.read_bytes(), rule)
    except ImageError:
        return False
    return True


def opened(
    asked: Asked, images: Mapping[str, Path], reference: Trace, card: ModelCard, kept: ExitStack
) -> tuple[Trace, tuple[str, ...]]:
    """The trace of the target, and sentences about what could not be used or asked.

    What is recorded now lies in a temporary folder as long as ``kept`` is open.
    """
    if asked.recorded is not None:
        side = open_side(asked.recorded, card.class_names, kept)
        return side.trace, side.problems
    folder = Path(kept.enter_context(TemporaryDirectory())) / "server"
    return _asked_now(asked, images, reference, card, folder)


def _asked_now(
    asked: Asked, images: Mapping[str, Path], reference: Trace, card: ModelCard, folder: Path
) -> tuple[Trace, tuple[str, ...]]:
    url = asked.url or ""
    credentials = deployed_credentials(asked.variables)
    check_url(url, authorized=bool(credentials.headers))
    routes, ours = _routes(asked.protocol, card)
    job = ReplayJob(
        target="server",
        receipt="",
        routes=routes,
        settings=read_section(ReplaySettings),
        model_sha256=card.model_sha256 if ours else None,
        reference=reference,
        credentials=credentials,
    )
    sources = [Source(name=name, read=path.read_bytes) for name, path in images.items()]
    result = replay(Deployed(url=url.rstrip("/")), sources, folder, job)
    problems = () if result.gave_up is None else (result.gave_up,)
    return Trace.open(folder), problems


def _routes(protocol: str | None, card: ModelCard) -> tuple[Routes, bool]:
    """How the server is asked, and whether it is our own."""
    if protocol is None:
        server = read_section(ContainerSettings).server
        if not isinstance(server, ProjectServer):
            return as_any_client(routes_of_server(server, card.class_names)), False
        protocol = OURS
    if protocol == OURS:
        return as_any_client(routes_of_model(card.name)), True
    if protocol == OURS_TRACED:
        return routes_of_model(card.name), True
    settings = _protocol(protocol)
    return routes_of_target(settings, card), settings.kind == OURS


def _protocol(name: str) -> Protocol:
    target = read_section(TargetsSettings).root.get(name)
    if isinstance(target, HttpTarget):
        return target.protocol
    path = Path(name)
    try:
        found: Protocol = TypeAdapter(Protocol).validate_python(
            parsed(path.read_text(encoding="utf-8"))
        )
    except FileNotFoundError:
        raise UserError(
            what=f"{name!r} is no protocol",
            where="--protocol",
            fix=f"name {OURS}, {OURS_TRACED}, a target of kind `http` in {paths.PARAMS}, or a YAML "
            "file with what stands under `protocol` there: docs/targets.md",
        ) from None
    except (OSError, UnicodeDecodeError, YAMLError, ValidationError) as error:
        raise UserError(
            what=f"the protocol cannot be used: {' '.join(str(error).split())[:500]}",
            where=name,
            fix=f"write what stands under `protocol` of a target in {paths.PARAMS}: "
            "docs/targets.md",
        ) from None
    return found
