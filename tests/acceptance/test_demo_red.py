"""The demo on a small project: a server with a wrong filter is caught, and it is the filter."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ml_ci.engines.base_image import BaseImage
from ml_ci.engines.container import CHECKOUT_LABEL, checkout_id
from ml_ci.engines.docker_connection import connected
from ml_ci.parity.result import ParityResult
from ml_ci.report.paths import REPORT_JSON
from ml_ci.report.schema import Report
from tests.builders.containers import needed_base
from tests.builders.project import ROOT, Project, Run

SCRIPT = "scripts/demo_red.py"
EXAMPLE = "examples/opencv-server"
COPY = ".ml-ci/demo-red"
DEMO = ("python", "-m", "scripts.demo_red")
MISTAKE = "cv2.resize(image.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)"
REMEDY = "antialiased.resize(image, height, width)"
REFUSED = ["cmyk.jpg"]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A run of the demo and what its report says."""

    run: Run
    parity: ParityResult
    gate: int
    """The exit code of `ml-ci gate` in the copy."""
    containers: list[str]
    """What was left of containers."""
    status: str
    """What git saw as changed in the project."""

    @property
    def first(self) -> dict[str, int]:
        """Step → images that part there first, where there are any."""
        return {step.step: step.first for step in self.parity.steps if step.first}


@pytest.fixture(scope="module")
def base() -> BaseImage:
    """Without it, or a Docker engine, there is no demo."""
    return needed_base()


@pytest.fixture(scope="module")
def bare(started: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The small project with the demo; its model is narrower than every golden image, so that all
    of them shrink."""
    project = started.copy(tmp_path_factory.mktemp("demo") / "repository")
    for name in (SCRIPT, f"{EXAMPLE}/"):
        place = project.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if name.endswith("/") else shutil.copy
        copy(ROOT / name, place)
    project.edit("params.yaml", lambda text: text.replace("size: [32, 28]", "size: [30, 12]"))
    project.commit("demo")
    return project


@pytest.fixture(scope="module")
def project(bare: Project, base: BaseImage) -> Iterator[Project]:
    """Where the demo can run; its images are removed at the end."""
    yield bare
    with connected() as client:
        for image in client.images.list(filters={"label": _label(bare)}):
            client.images.remove(str(image.id), force=True)


@pytest.fixture(scope="module")
def red(project: Project) -> Shown:
    """As it is shown."""
    return show(project)


@pytest.fixture(scope="module")
def right(project: Project, red: Shown) -> Shown:
    """The same server with the remedy for its one wrong line."""
    project.edit(f"{EXAMPLE}/app.py", lambda text: text.replace(MISTAKE, REMEDY))
    project.edit(
        f"{EXAMPLE}/app.py", lambda text: text.replace("import cv2\n", "import antialiased, cv2\n")
    )
    return show(project)


def show(project: Project) -> Shown:
    """Run the demo."""
    run = project.run(*DEMO)
    assert run.code in (0, 1), run.output
    copy = Project(folder=project.folder / COPY)
    report = Report.model_validate_json((copy.folder / REPORT_JSON).read_bytes())
    with connected() as client:
        left = client.containers.list(all=True, filters={"label": _label(project)})
    return Shown(
        run=run,
        parity=report.parity[0],
        gate=copy.ml_ci("gate").code,
        containers=[str(container.name) for container in left],
        status=project.status(),
    )


def _label(project: Project) -> str:
    with contextlib.chdir(project.folder / COPY):
        return f"{CHECKOUT_LABEL}={checkout_id()}"


def test_demo__ends_well_with_a_closed_gate(red: Shown) -> None:
    assert (0, 1) == (red.run.code, red.gate), red.run.output


def test_demo__says_that_they_part_at_resized(red: Shown) -> None:
    compared = red.parity.golden - len(REFUSED)

    assert ("differs", {"resized": compared}) == (red.parity.verdict, red.first)
    assert f"they part at resized on {compared} of {red.parity.golden} images" in red.run.output


def test_demo__compares_all_that_the_server_takes(red: Shown) -> None:
    assert REFUSED == [failure.image for failure in red.parity.failures]


def test_demo__leaves_nothing_behind(red: Shown) -> None:
    assert ([], "") == (red.containers, red.status)


def test_demo__is_red_because_of_the_filter_alone(right: Shown) -> None:
    agreeing = right.parity.golden - len(REFUSED)

    assert ({}, agreeing) == (right.first, right.parity.agreeing), right.parity.sentence


def test_demo__that_is_not_red_fails(right: Shown) -> None:
    assert (1, 3) == (right.run.code, right.gate), right.run.output


def test_demo__trains_once(right: Shown) -> None:
    assert ["image", "replay", "parity", "report"] == right.run.stages


def test_demo__without_an_engine_says_so(bare: Project, tmp_path: Path) -> None:
    run = replace(bare, docker_host=f"unix://{tmp_path}/no.sock").run(*DEMO)

    assert 2 == run.code, run.output
    assert "docs/docker.md" in run.output


def test_demo__of_a_preprocessing_that_the_example_lacks_says_so(
    project: Project, tmp_path: Path
) -> None:
    other = project.clone(tmp_path / "other")
    other.edit("params.yaml", lambda text: text.replace("fit: long_side_pad", "fit: stretch"))
    other.commit("stretch")

    run = other.run(*DEMO)

    assert 2 == run.code, run.output
    assert "the example's server knows preprocess.fit long_side_pad only" in run.output
