"""The workplace: a temporary folder with a finished checkout, from which clones are made.

The finished checkout (``origin``) is a clone of this repository's current commit (what is not
committed is not in it) in which `ml-ci repro` has run, committed and pushed to its own data remote:
a repository that was merged in good order, whatever state ours is in. What installing brings is
shared with it and not measured: packages, the image's wheels and base, the server's environment.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.engine import base_of, label_layers, remove_images
from benchmarks.figures import NotMeasured
from benchmarks.processes import Processes
from ml_ci.artifacts import paths
from ml_ci.errors import EXIT_DIFFERS, EXIT_INCOMPLETE, EXIT_PASS
from ml_ci.params.container import ContainerSettings, ProjectServer
from ml_ci.params.reading import read_section

ROOT = Path(__file__).resolve().parent.parent
ML_CI = (sys.executable, "-m", "ml_ci")
DVC = (sys.executable, "-m", "dvc")
# The report is there, whatever it says.
REPORTED = (EXIT_PASS, EXIT_DIFFERS, EXIT_INCOMPLETE)
_INSTALLED = ("wheels", "serving-env")
_IDENTITY = ("-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost")


@dataclass(frozen=True)
class Workplace:
    """Where benchmarks of one run do their work."""

    folder: Path
    run: str
    """Tells what this run makes in the engine from what others make."""
    repetitions: int
    say: Callable[[str], None]

    @property
    def processes(self) -> Processes:
        """The processes that are measured."""
        return Processes(compiled=self.folder / "compiled")

    @cached_property
    def engine(self) -> str:
        """`docker`, or `process` where there is no engine or no base."""
        try:
            _ = self.base
        except NotMeasured:
            return "process"
        return "docker"

    @property
    def variables(self) -> dict[str, str]:
        """The engine that is used throughout."""
        return {"ML_CI_ENGINE": self.engine}

    @cached_property
    def base(self) -> str:
        """The base of our server's image. Raises NotMeasured when no container can be made."""
        with chdir(ROOT):
            server = read_section(ContainerSettings).server
        if not isinstance(server, ProjectServer):
            raise NotMeasured("the server is not the project's own (params.yaml)")
        return base_of(server.base)

    @cached_property
    def origin(self) -> Path:
        """The finished checkout; the first one who asks waits for it."""
        self.say("preparing a finished checkout of this commit")
        folder = self.folder / "origin"
        self._git_clone(ROOT, folder)
        self._adapt(folder)
        self._commit(folder)
        self.processes.output(*ML_CI, "repro", folder=folder, more=self.variables, codes=REPORTED)
        self.processes.output(*DVC, "push", "--quiet", folder=folder)
        self._commit(folder)
        return folder

    def clone(self, name: str) -> tuple[Path, float]:
        """A fresh clone of the origin, and how long git took; `remove` takes it away."""
        folder = self.folder / name
        return folder, self._git_clone(self.origin, folder)

    def remove(self, folder: Path) -> None:
        """A clone is a few dozen megabytes."""
        shutil.rmtree(folder, ignore_errors=True)

    def _git_clone(self, source: Path, folder: Path) -> float:
        command = ("git", "clone", "--quiet", str(source), str(folder))
        seconds = self.processes.seconds(*command, folder=self.folder)
        for name in _INSTALLED:
            shared = ROOT / paths.STATE / name
            shared.mkdir(parents=True, exist_ok=True)
            (folder / paths.STATE).mkdir(exist_ok=True)
            (folder / paths.STATE / name).symlink_to(shared)
        return seconds

    def _adapt(self, folder: Path) -> None:
        """Its layers are ours, and its base is one that the engine has."""
        dockerfile = folder / paths.DOCKERFILE
        text = dockerfile.read_text(encoding="utf-8")
        dockerfile.write_text(label_layers(text, self.run), encoding="utf-8")
        if self.engine != "docker":
            return
        with chdir(folder):
            server = read_section(ContainerSettings).server
        if isinstance(server, ProjectServer):
            params = (folder / paths.PARAMS).read_text(encoding="utf-8")
            changed = params.replace(server.base, self.base)
            (folder / paths.PARAMS).write_text(changed, encoding="utf-8")

    def _commit(self, folder: Path) -> None:
        self.processes.output("git", "add", "--all", folder=folder)
        command = ("git", *_IDENTITY, "commit", "--quiet", "--allow-empty", "--message", "finished")
        self.processes.output(*command, folder=folder)


@contextmanager
def open_workplace(repetitions: int, say: Callable[[str], None]) -> Iterator[Workplace]:
    """A workplace; the folder and what it made in the engine are removed at the end."""
    run = uuid.uuid4().hex[:12]
    with tempfile.TemporaryDirectory(prefix="ml-ci-benchmark-", ignore_cleanup_errors=True) as name:
        try:
            yield Workplace(Path(name).resolve(), run, repetitions, say)
        finally:
            remove_images(run)
