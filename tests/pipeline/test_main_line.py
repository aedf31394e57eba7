"""The whole pipeline on little data, in its own repository: what runs when, and what it says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.builders.project import STAGES, Project

MEASURING = ["validate", "evaluate", "reference", "image", "replay", "parity", "report"]
SESSION = "ml_ci/serving/session.py"


def report(project: Project) -> dict[str, object]:
    content: dict[str, object] = json.loads((project.folder / "reports/report.json").read_text())
    return content


def first_steps(project: Project) -> dict[str, str | None]:
    """By target."""
    parity = json.loads((project.folder / "reports/report.json").read_text())["parity"]
    return {target["target"]: target["first_step"] for target in parity}


def change_replay(project: Project, change: dict[str, object]) -> None:
    """Another result of the first target in what `replay` measured."""
    path = project.folder / "measured/replay.json"
    measured = json.loads(path.read_text(encoding="utf-8"))
    measured["result"]["targets"][0] |= change
    path.write_text(json.dumps(measured), encoding="utf-8")


def test_gate__is_open_when_training_and_serving_agree(project: Project) -> None:
    gate = project.ml_ci("gate")

    assert 0 == gate.code, gate.output


def test_repro__does_nothing_the_second_time(project: Project) -> None:
    assert [] == project.must("dvc", "repro").stages


def test_repro__leaves_git_clean(project: Project) -> None:
    assert "" == project.status()


def test_repro__after_a_template_change_runs_the_report_alone(project: Project) -> None:
    project.edit("ml_ci/report/templates/parity.md.j2", lambda text: text + "\nMore.\n")

    assert ["report"] == project.must("dvc", "repro").stages


def test_repro__after_a_preprocessing_change_runs_all_that_depends_on_it(project: Project) -> None:
    project.edit("params.yaml", lambda text: text.replace("filter: bilinear", "filter: bicubic"))

    ran = project.must("dvc", "repro").stages

    assert set(STAGES) - {"validate"} == set(ran)


def test_repro__after_a_replay_setting_does_not_retrain(project: Project) -> None:
    project.edit("params.yaml", lambda text: text.replace("concurrency: 4", "concurrency: 3"))

    ran = project.must("dvc", "repro").stages

    # The reference is asked in the same ways as the targets, which this section sets
    assert ["reference", "replay", "parity", "report"] == ran


def test_gate__closes_on_a_server_that_swaps_channels(project: Project) -> None:
    project.edit(
        "ml_ci/serving/climb.py",
        lambda text: text.replace("image = picture.image", "image = picture.image[..., ::-1]"),
    )

    ran = project.must("dvc", "repro").stages
    gate = project.ml_ci("gate")

    expected = (["image", "replay", "parity", "report"], 1, {"server": "image", "onnx": None})
    assert expected == (ran, gate.code, first_steps(project))


def test_gate__is_incomplete_when_the_server_does_not_start(project: Project) -> None:
    project.edit(SESSION, lambda text: text + "\nraise SystemExit('no such luck')\n")

    project.must("dvc", "repro")
    gate = project.ml_ci("gate")

    assert (3, True) == (gate.code, "no such luck" in str(report(project)["log_tail"]))


def test_repro__stops_on_a_half_pulled_folder(project: Project) -> None:
    pointer = (project.folder / "data.dvc").read_bytes()
    next((project.folder / "data/train").rglob("*.png")).unlink()

    repro = project.run("dvc", "repro")

    untouched = pointer == (project.folder / "data.dvc").read_bytes()
    assert (False, True, True) == (repro.code == 0, untouched, "manifest" in repro.output)


def test_repro__takes_pretrained_weights_instead_of_training(project: Project) -> None:
    weights = "pretrained/weights.safetensors"
    trained = project.ml_ci("train", "--profile", "smoke", "--output", weights)
    assert trained.code == 0, trained.output
    project.must("dvc", "add", "--quiet", weights)
    project.edit("params.yaml", lambda text: text.replace("source: training", "source: pretrained"))

    repro = project.must("dvc", "repro")

    used = report(project)["weights"]
    assert isinstance(used, dict)
    assert (True, False, "pretrained") == (
        "train" in repro.stages,
        "epoch" in repro.output,
        used["origin"],
    )


def test_gate__refuses_a_report_of_other_inputs(project: Project) -> None:
    project.edit("params.yaml", lambda text: text.replace("accuracy: 0.2", "accuracy: 1.0"))

    gate = project.ml_ci("gate")

    assert (2, True) == (gate.code, "the pipeline is not up to date" in gate.output)


def test_gate__refuses_a_verdict_older_than_the_reference(project: Project) -> None:
    project.must("dvc", "repro", "--force", "--single-item", "reference")

    gate = project.ml_ci("gate")

    assert (2, True) == (gate.code, "reference was measured again since" in gate.output)


def test_repro__carries_a_new_measurement_on_to_the_report(project: Project) -> None:
    project.must("dvc", "repro", "--force", "--single-item", "reference")

    repro = project.ml_ci("repro")

    assert (0, ["replay", "parity", "report"]) == (repro.code, repro.stages)


def test_repro__measures_again_in_another_environment(project: Project) -> None:
    path = project.folder / "measured/reference.json"
    measured = json.loads(path.read_text(encoding="utf-8"))
    measured["environment"]["torch"] = "1.0"
    path.write_text(json.dumps(measured), encoding="utf-8")

    repro = project.ml_ci("repro")

    assert (0, ["reference", "replay", "parity", "report"]) == (repro.code, repro.stages)


def test_repro__makes_again_what_was_deleted(project: Project) -> None:
    for folder in ("trace", "build", "reports"):
        shutil.rmtree(project.folder / folder)

    repro = project.ml_ci("repro")

    expected = (0, {"reference", "image", "replay", "parity", "report"})
    assert expected == (repro.code, set(repro.stages))


def test_repro__measures_again_what_an_older_version_wrote(project: Project) -> None:
    path = project.folder / "measured/replay.json"
    measured = json.loads(path.read_text(encoding="utf-8"))
    measured["result"] = {}
    path.write_text(json.dumps(measured), encoding="utf-8")

    repro = project.ml_ci("repro")

    assert (0, ["replay", "parity", "report"]) == (repro.code, repro.stages)


def test_repro__replays_again_after_a_server_that_failed(project: Project) -> None:
    change_replay(project, {"failures": 1})

    repro = project.ml_ci("repro")

    assert (0, ["replay", "parity", "report"]) == (repro.code, repro.stages)


def test_fresh_clone__measures_everything_and_trains_nothing(
    project: Project, tmp_path: Path
) -> None:
    clone = project.clone(tmp_path / "clone")

    repro = clone.ml_ci("repro")

    expected = (0, set(MEASURING), "", "pulled")
    weights = report(clone)["weights"]
    assert isinstance(weights, dict)
    assert expected == (repro.code, set(repro.stages), clone.status(), weights["origin"])
