"""The golden set through the whole pipeline: moved, accepted, removed, retrained elsewhere."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.builders.project import Project

GOLDEN_JSON = "metrics/golden.json"
ACCEPT = "if that is meant: `ml-ci golden accept`, then commit metrics/golden.json."


@pytest.fixture(scope="module")
def trained(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """After the first run, committed; a golden set may be smaller here."""
    project = finished.copy(tmp_path_factory.mktemp("trained") / "repository")
    project.edit("params.yaml", lambda text: text.replace("min_golden: 12", "min_golden: 8"))
    project.must("dvc", "repro")
    project.commit("a smaller golden set")
    return project


@pytest.fixture(scope="module")
def pretrained(trained: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same weights, taken as pretrained: no change of the code trains them again."""
    project = trained.copy(tmp_path_factory.mktemp("pretrained") / "repository")
    weights = "pretrained/weights.safetensors"
    shutil.copy(project.folder / "trained/weights.safetensors", project.folder / weights)
    project.must("dvc", "add", "--quiet", weights)
    project.edit("params.yaml", lambda text: text.replace("source: training", "source: pretrained"))
    project.must("dvc", "repro")
    project.commit("pretrained")
    return project


@pytest.fixture(scope="module")
def moved(pretrained: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """CMYK is read otherwise, in training and serving alike; the weights stay."""
    project = pretrained.copy(tmp_path_factory.mktemp("moved") / "repository")
    project.edit(
        "ml_ci/data/flatten.py",
        lambda text: text.replace("light = 255 - levels.astype(np.uint16)", "light = levels * 1"),
    )
    repro = project.ml_ci("repro")
    assert repro.code == 1, repro.output
    project.commit("CMYK")
    return project


def report(project: Project) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((project.folder / "reports/report.json").read_text())
    return content


def check(project: Project, name: str) -> tuple[str, str]:
    (found,) = [check for check in report(project)["gate"] if check["name"] == name]
    return found["outcome"], found["sentence"]


def test_gate__says_what_moved_until_it_is_accepted(pretrained: Project, tmp_path: Path) -> None:
    """The snapshot is not what is measured; accepting needs no new measurement."""
    project = pretrained.copy(tmp_path / "repository")
    path = project.folder / GOLDEN_JSON
    document = json.loads(path.read_text())
    answered = document["images"]["deep.png"]["predicted"]
    other = "down" if answered != "down" else "across"
    document["images"]["deep.png"]["predicted"] = other
    path.write_text(json.dumps(document))
    project.commit("an answer nobody gave")

    closed = project.ml_ci("repro")
    sentence = (
        f"1 of 12 moved with the same weights; {ACCEPT} Moved: deep.png ({other} → {answered})"
    )
    assert (1, ["report"]) == (closed.code, closed.stages), closed.output
    assert ("fail", sentence) == check(project, "golden answers")

    accepted = project.ml_ci("golden", "accept")
    assert 0 == accepted.code, accepted.output
    assert f" M {GOLDEN_JSON}\n" == project.status()
    assert 2 == project.ml_ci("gate").code
    opened = project.ml_ci("repro")
    assert (0, ["report"], 0) == (opened.code, opened.stages, project.ml_ci("gate").code)


def test_gate__closes_on_another_way_to_the_network(moved: Project) -> None:
    """Training and serving agree, the weights are the same, and yet an answer moved."""
    outcome, sentence = check(moved, "golden answers")

    agree = "training and serving agree on 12 of 12 images"
    start = f"1 of 12 moved with the same weights; {ACCEPT} Moved: cmyk.jpg ("
    assert ("fail", True) == (outcome, sentence.startswith(start)), sentence
    assert check(moved, "parity of server")[1].startswith(agree)


def test_gate__a_deleted_snapshot_stays_closed(moved: Project, tmp_path: Path) -> None:
    project = moved.copy(tmp_path / "repository")
    (project.folder / GOLDEN_JSON).unlink()

    gone = project.ml_ci("repro")
    assert (1, ["report"]) == (gone.code, gone.stages), gone.output
    assert check(project, "golden answers")[1].startswith("metrics/golden.json is gone")

    project.commit("no snapshot")
    project.must("dvc", "repro", "--force", "--single-item", "reference")
    written = project.ml_ci("repro")
    assert (1, True) == (written.code, (project.folder / GOLDEN_JSON).exists()), written.output
    assert "1 of 12 moved with the same weights" in check(project, "golden answers")[1]


def test_gate__opens_when_the_movement_is_accepted(moved: Project, tmp_path: Path) -> None:
    project = moved.copy(tmp_path / "repository")

    accepted = project.ml_ci("golden", "accept")
    assert "moved: cmyk.jpg (" in accepted.output
    assert f" M {GOLDEN_JSON}\n" == project.status()
    opened = project.ml_ci("repro")

    (move,) = report(project)["golden"]["behaviour"]["moves"]
    assert (0, ["report"], True) == (opened.code, opened.stages, move["accepted"]), opened.output


def test_gate__closes_on_a_moved_answer_of_a_renamed_image(moved: Project, tmp_path: Path) -> None:
    """Renamed in the change that moves its answer; after the rename nothing has been accepted."""
    project = moved.copy(tmp_path / "repository")
    golden = project.folder / "data/golden"
    (golden / "cmyk.jpg").rename(golden / "ink.jpg")
    project.edit("data/golden/golden.csv", lambda text: text.replace("cmyk.jpg", "ink.jpg"))
    updated = project.ml_ci("data", "update", "--allow-removals")
    assert 0 == updated.code, updated.output
    before = json.loads((project.folder / GOLDEN_JSON).read_text())["images"]

    closed = project.ml_ci("repro")

    start = f"1 of 12 moved with the same weights; {ACCEPT} Moved: ink.jpg ("
    outcome, sentence = check(project, "golden answers")
    assert (1, "fail", True) == (closed.code, outcome, sentence.startswith(start)), sentence
    assert ("pass", "1 renamed") == check(project, "golden set")
    after = json.loads((project.folder / GOLDEN_JSON).read_text())["images"]
    assert (before["cmyk.jpg"], 12) == (after["ink.jpg"], len(after))


def test_gate__a_golden_image_is_removed_only_by_name(pretrained: Project, tmp_path: Path) -> None:
    project = pretrained.copy(tmp_path / "repository")
    (project.folder / "data/golden/grey.png").unlink()
    project.edit(
        "data/golden/golden.csv",
        lambda text: "".join(
            line for line in text.splitlines(keepends=True) if not line.startswith("grey.png")
        ),
    )
    updated = project.ml_ci("data", "update", "--allow-removals")
    assert 0 == updated.code, updated.output

    closed = project.ml_ci("repro")
    line = "golden: {allowed_removals: [grey.png]}"
    sentence = (
        "1 removed or changed without being allowed: grey.png (removed); if that is meant, write "
        f"in params.yaml: {line}"
    )
    assert (1, ("fail", sentence)) == (closed.code, check(project, "golden set")), closed.output

    project.edit(
        "params.yaml", lambda text: text.replace("removals: []  ", "removals: [grey.png]  ")
    )
    opened = project.ml_ci("repro")
    assert (0, ["report"]) == (opened.code, opened.stages), opened.output
    assert ("pass", "1 removed or changed, as allowed") == check(project, "golden set")


def test_gate__does_not_close_on_a_retraining_with_other_instructions(
    trained: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same inputs on another processor: other weights, and nothing to accept."""
    project = trained.copy(tmp_path / "repository")
    (project.folder / "notes.md").write_text("The change: nothing a stage reads.\n")
    project.commit("notes")
    before = json.loads((project.folder / GOLDEN_JSON).read_text())["weights_sha256"]
    # torch's own kernels and oneDNN's without AVX
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "SSE41")

    project.must("dvc", "repro", "--force", "--single-item", "train")
    repro = project.ml_ci("repro")

    golden = report(project)["golden"]
    after = json.loads((project.folder / GOLDEN_JSON).read_text())["weights_sha256"]
    assert before != after
    assert (0, "pass", False) == (
        repro.code,
        check(project, "golden answers")[0],
        golden["behaviour"]["same_weights"],
    ), repro.output
