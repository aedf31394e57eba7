"""See it catch something: the pipeline against a server with a wrong filter (``make demo-red``).

The checkout's last commit is copied to ``.ml-ci/demo-red`` and the server of
``examples/opencv-server`` put into the copy; the checkout itself stays as it is. Exit code 0 when
the report is red and says where, 1 when it is not, 2 when something has to be changed first.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from ml_ci.artifacts import paths
from ml_ci.engines.base_image import get_base
from ml_ci.engines.choosing import ENGINE_VARIABLE
from ml_ci.engines.docker_connection import connected
from ml_ci.engines.wheels import Wheels
from ml_ci.errors import EXIT_DIFFERS, EXIT_INCOMPLETE, EXIT_PASS, UserError, exit_code_of
from ml_ci.interruption import interruptible
from ml_ci.params.container import ContainerSettings, ProjectServer
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.parity.result import ParityResult
from ml_ci.report.paths import PARITY_MD, REPORT_JSON
from ml_ci.report.schema import Report
from ml_ci.steps import RESIZED

EXAMPLE = Path("examples/opencv-server")
COPY = paths.STATE / "demo-red"
BASE = "python:3.11-slim-bookworm"  # where params.yaml names none, because its server is another
# What the example does; everything else it takes from params.yaml
ITS_PREPROCESSING = {
    "orientation": "exif",
    "fit": "long_side_pad",
    "channels": 3,
    "filter": "bilinear",
}
# Of a git hook, say: they would point git at the checkout instead of the copy
_FOREIGN_VARIABLES = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")


def main() -> int:
    """The exit code."""
    with interruptible():
        return exit_code_of(demo)


def demo() -> int:
    """Run it all. Raises UserError, without a Docker engine for example."""
    clock = time.perf_counter()
    with _alone():
        with connected() as client:
            architecture = str(client.version()["Arch"])
            copy_checkout()
            check_preprocessing()
            base = get_base(client, wanted_base()).name
        lock = EXAMPLE / "requirements.txt"
        wheels = Wheels(home=paths.STATE / "wheels", lock=lock, architecture=architecture).get()
        put_server(wheels)
        change_params(base)
        _say(f"`ml-ci repro` in {COPY}")
        code = run_pipeline()
    if code not in (EXIT_PASS, EXIT_DIFFERS, EXIT_INCOMPLETE):
        _say("the pipeline did not finish; its message stands above")
        return code
    report = Report.model_validate_json((COPY / REPORT_JSON).read_bytes())
    return tell(report.parity[0], seconds=time.perf_counter() - clock)


def copy_checkout() -> None:
    """Make or bring the copy to the checkout's commit; what DVC cached for the one serves both."""
    if _git("status", "--porcelain", "--untracked-files=no"):
        _say("what is not committed is left out, but for the server itself")
    _git("init", "--quiet", str(COPY))
    # Named, because git would look for a repository further up, and find the checkout's
    copy = (f"--git-dir={COPY / '.git'}", f"--work-tree={COPY}")
    # `--all` says nothing, instead of failing, where there is no commit yet
    if _git("rev-parse", "HEAD") == _git(*copy, "rev-parse", "--all"):
        _git(*copy, "checkout", "--quiet", "HEAD", "--", str(paths.PARAMS))
    else:
        _say(f"copying the last commit to {COPY}")
        _git(*copy, "fetch", "--quiet", "--update-shallow", str(Path.cwd()), "HEAD")
        _git(*copy, "reset", "--quiet", "--hard", "FETCH_HEAD")
    settings = COPY / ".dvc/config.local"
    if not settings.exists():
        cache = _dvc("cache", "dir", folder=Path()).strip()
        own = Path(".dvc/config.local")  # may hold what the data remote asks for
        if own.exists():
            shutil.copy(own, settings)
        _dvc("cache", "dir", "--local", cache, folder=COPY)


def check_preprocessing() -> None:
    """Raise UserError unless the example preprocesses as params.yaml says, but for its mistake."""
    settings = read_section(PreprocessSettings, COPY / paths.PARAMS)
    for name, wanted in ITS_PREPROCESSING.items():
        if getattr(settings, name) != wanted:
            raise UserError(
                what=f"the example's server knows preprocess.{name} {wanted} only, "
                f"and here it is {getattr(settings, name)}",
                where=str(paths.PARAMS),
                fix=f"let {EXAMPLE / 'app.py'} do it and ITS_PREPROCESSING in "
                "scripts/demo_red.py say so, or run the demo in a clone of the template",
            )


def wanted_base() -> str:
    """The base image that params.yaml names."""
    server = read_section(ContainerSettings, COPY / paths.PARAMS).server
    return server.base if isinstance(server, ProjectServer) else BASE


def put_server(wheels: Path) -> None:
    """The example, with its wheels, as the copy's own server."""
    server = COPY / paths.OWN_SERVER
    shutil.rmtree(server, ignore_errors=True)
    shutil.copytree(EXAMPLE, server)
    shutil.copytree(wheels, server / "wheels")


def change_params(base: str) -> None:
    """`container` and `targets` of the copy, in which nobody else is asked; the rest stays."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = sys.maxsize
    path = COPY / paths.PARAMS
    document = yaml.load(path)
    server = yaml.load(EXAMPLE / "container.yaml")
    server["build_args"]["BASE"] = base
    server["environment"]["PREPROCESS"] = SingleQuotedScalarString(
        json.dumps(document["preprocess"])
    )
    document["container"]["engine"] = "docker"
    document["container"]["server"] = server
    document["targets"] = {"server": {"kind": "container", "tolerances": {}, "expected": []}}
    yaml.dump(document, path)


def run_pipeline() -> int:
    """`ml-ci repro` in the copy, by the copy's own code; ends it when we are ended."""
    command = [sys.executable, "-m", "ml_ci", "repro"]
    process = subprocess.Popen(command, cwd=COPY, env=_variables() | {ENGINE_VARIABLE: "docker"})
    try:
        return process.wait()
    except BaseException:
        process.terminate()  # it may have had a Ctrl-C of its own; both are one wish
        process.wait()
        raise


def tell(parity: ParityResult, seconds: float) -> int:
    """Say what the report says, and whether that is what it should say; the exit code."""
    first = {step.step: step.first for step in parity.steps}
    red = parity.verdict == "differs" and max(first, key=lambda name: first[name]) == RESIZED.name
    print(f"\n{'✗' if parity.verdict == 'differs' else '✓'} {parity.sentence}")
    print(f"  {COPY / PARITY_MD}")
    if red:
        _say(f"the report is red and says where, as it should ({seconds:.0f} s)")
        return EXIT_PASS
    _say(f"the report is not red at {RESIZED.name}, where {EXAMPLE} has its mistake")
    return EXIT_DIFFERS


@contextmanager
def _alone() -> Iterator[None]:
    """One demo at a time in this checkout."""
    paths.STATE.mkdir(exist_ok=True)
    lock = FileLock(f"{COPY}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise UserError(
            what="the demo is running in this checkout already",
            where=str(COPY),
            fix="wait until it has ended",
        ) from None
    try:
        yield
    finally:
        lock.release()


def _git(*arguments: str) -> str:
    return _output("git", *arguments, folder=Path())


def _dvc(*arguments: str, folder: Path) -> str:
    return _output(sys.executable, "-m", "dvc", *arguments, folder=folder)


def _output(*command: str, folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=_variables(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise UserError(
            what=f"`{' '.join(command)}` failed: {done.stderr.strip()}",
            where=str(folder.resolve()),
            fix=f"run it in a checkout with a commit; {COPY} may be deleted at any time",
        )
    return done.stdout


def _variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN_VARIABLES}


def _say(line: str) -> None:
    print(f"demo: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
