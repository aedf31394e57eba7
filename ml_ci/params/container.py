"""What runs the server that the golden set is replayed against, and whose server it is."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat, field_validator, model_validator

from ml_ci.params.own_server import OwnServer
from ml_ci.params.reading import Section, Settings

OWN_FOLDER = "server"
"""Where a server of the user's own lies; DVC watches this folder."""
EngineName = Literal["auto", "docker", "process"]
SMALLEST_MEMORY_MB = 32  # an engine refuses limits below 6 MB, and no server starts in that


class ProjectServer(Settings):
    """The server of this project, in an image made of its build context."""

    kind: Literal["project"]
    base: Annotated[str, Field(min_length=1)]
    """The image it is made from; it has to hold Python 3.11 as `python3`, with `venv`."""


class DockerfileServer(OwnServer):
    """A server of the user's own, built from its Dockerfile below ``server/``."""

    kind: Literal["dockerfile"]
    dockerfile: str
    """The build context is ``server/`` with the exported ``models/`` put beside its files."""
    build_args: dict[str, str]
    build_network: Literal["none", "default"]
    """`none` builds without a network, from what lies in the context."""

    @property
    def name_in_context(self) -> str:
        """The Dockerfile's path below its build context, which is ``server/``."""
        return PurePosixPath(self.dockerfile).relative_to(OWN_FOLDER).as_posix()

    @field_validator("dockerfile")
    @classmethod
    def _below_own_folder(cls, value: str) -> str:
        path = PurePosixPath(value)
        if path.parts[:1] != (OWN_FOLDER,) or ".." in path.parts or len(path.parts) < 2:
            raise ValueError(
                f"a file below {OWN_FOLDER}/, the folder that DVC watches, "
                f"like {OWN_FOLDER}/Dockerfile"
            )
        return value


class ImageServer(OwnServer):
    """A server of the user's own in an image that exists already; pulled when it is not here."""

    kind: Literal["image"]
    image: Annotated[str, Field(min_length=1)]
    """Name, with tag or digest."""
    command: list[str] | None
    """Instead of the image's own; null starts that."""
    models_at: str | None
    """Folder in the container where the exported ``models/`` are mounted, read-only; or null."""

    @field_validator("models_at")
    @classmethod
    def _folder_in_container(cls, value: str | None) -> str | None:
        if value is None:
            return None
        path = PurePosixPath(value)
        if not path.is_absolute() or ".." in path.parts or len(path.parts) < 2:
            raise ValueError("a folder like /models, from the root of the container")
        return value


class ContainerSettings(Section):
    """The engine, its limits, and the server it runs."""

    section: ClassVar[str] = "container"

    engine: EngineName
    """`process` runs the project's server from a virtual environment of its own, without a
    container; `auto` does so where no engine can be used, and the report says it."""
    memory_mb: Annotated[int, Field(ge=SMALLEST_MEMORY_MB)]
    """The container is killed beyond it; there is no swap."""
    ready_seconds: PositiveFloat
    """How long the server may take until its readiness path answers 200."""
    stop_seconds: PositiveFloat
    """How long it may take to stop before it is killed."""
    server: Annotated[ProjectServer | DockerfileServer | ImageServer, Field(discriminator="kind")]

    @model_validator(mode="after")
    def _only_ours_runs_as_a_process(self) -> ContainerSettings:
        if self.engine == "process" and self.server.kind != "project":
            raise ValueError(
                "`engine: auto` or `docker`, because only the project's own server "
                "(`server: {kind: project}`) can run without a container"
            )
        return self
