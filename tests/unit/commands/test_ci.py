"""What the measuring workflow runs around the pipeline, where the pipeline did not get far."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from ml_ci.commands.ci import LOG, choose_data, print_image, write_handover, write_summary
from ml_ci.errors import UserError
from ml_ci.github.handover import FILE, RunFailure, read_handover
from tests.builders.datasets import put
from tests.builders.params import PARAMS

SUBSET_PARAMS = PARAMS.replace('  data: ""', '  data: "public"')
QUIET = Console(file=io.StringIO())


@pytest.fixture
def variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A step of a run for a fork's pull request, in a checkout with one commit."""
    checkout = tmp_path / "checkout"
    put(checkout / "params.yaml", SUBSET_PARAMS.encode())
    for name in ("data.dvc", "data.manifest.csv"):
        put(checkout / name, b"whole")
        put(checkout / "public" / name, b"subset")
    put(checkout / "data/train/a/1.png", b"")
    monkeypatch.chdir(checkout)
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    for command in (("init", "--quiet"), ("commit", "--quiet", "--allow-empty", "-m", "start")):
        subprocess.run(["git", *identity, *command], check=True)
    head = {"repo": {"full_name": "stranger/it"}}
    put(tmp_path / "event.json", json.dumps({"pull_request": {"head": head}}).encode())
    return {
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_REPOSITORY": "team/it",
        "GITHUB_RUN_ID": "17",
        "GITHUB_OUTPUT": str(tmp_path / "output"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary"),
        "RUNNER_TEMP": str(tmp_path),
        "ML_CI_STEPS": "data=success pull=failure repro=skipped",
    }


def failed(stage: str, message: str) -> None:
    entry = {"stage": stage, "status": "failed", "started": "", "seconds": 1.0, "message": message}
    put(Path(f".ml-ci/stages/{stage}.json"), json.dumps(entry).encode())


def handed_over(variables: dict[str, str], log: str = "") -> RunFailure:
    scratch = Path(variables["RUNNER_TEMP"], "ml-ci")
    put(scratch / LOG, log.encode())
    write_handover(QUIET, variables)
    failure = read_handover((scratch / FILE).read_bytes()).failure
    assert failure is not None
    return failure


def test_choose_data__a_fork_gets_the_subset(variables: dict[str, str]) -> None:
    choose_data(QUIET, variables)
    contents = [Path(name).read_bytes() for name in ("data.dvc", "data.manifest.csv")]
    assert ([b"subset"] * 2, False) == (contents, Path("data").exists())


def test_choose_data__a_push_keeps_the_whole(variables: dict[str, str]) -> None:
    choose_data(QUIET, variables | {"GITHUB_EVENT_NAME": "push"})
    assert b"whole" == Path("data.dvc").read_bytes()


def test_choose_data__no_subset_keeps_the_whole(variables: dict[str, str]) -> None:
    put(Path("params.yaml"), PARAMS.encode())
    choose_data(QUIET, variables)
    assert b"whole" == Path("data.dvc").read_bytes()


def test_choose_data__an_incomplete_subset_changes_nothing(variables: dict[str, str]) -> None:
    Path("public/data.manifest.csv").unlink()
    with pytest.raises(UserError, match=r"the public subset of the data has no data\.manifest"):
        choose_data(QUIET, variables)
    assert b"whole" == Path("data.dvc").read_bytes()


def test_handover__names_the_stage_that_failed(variables: dict[str, str]) -> None:
    failed("train", "it broke")
    failure = handed_over(variables)
    assert ("train", "it broke") == (failure.stage, failure.message)


def test_handover__names_the_step_when_no_stage_ran(variables: dict[str, str]) -> None:
    failure = handed_over(variables)
    assert "pull" == failure.stage


def test_handover__says_what_is_wrong_with_params(variables: dict[str, str]) -> None:
    put(Path("params.yaml"), PARAMS.replace("seed: 7", "seed: x").encode())
    assert "`train.seed` is 'x'" in handed_over(variables).message


def test_handover__last_lines_without_colours_and_controls(variables: dict[str, str]) -> None:
    lines = handed_over(variables, "first\n\n\x1b[31mred\x1b[0m \x07bell\n").last_lines
    assert ("first", "red ?bell") == lines


def test_handover__of_a_long_log_the_end(variables: dict[str, str]) -> None:
    log = "\n".join(f"line {number}" for number in range(100_000))
    lines = handed_over(variables, log).last_lines
    assert (50, "line 99999") == (len(lines), lines[-1])


def test_handover__says_that_a_subset_was_measured(variables: dict[str, str]) -> None:
    handed_over(variables)
    content = Path(variables["RUNNER_TEMP"], "ml-ci", FILE).read_bytes()
    assert "public subset in public" in read_handover(content).note


def test_summary__of_a_failure(variables: dict[str, str]) -> None:
    failed("train", "it broke")
    write_summary(variables)
    text = Path(variables["GITHUB_STEP_SUMMARY"]).read_text(encoding="utf-8")
    assert "### ❌ ml-ci ended at train" in text


def test_image__without_a_report(variables: dict[str, str]) -> None:
    with pytest.raises(UserError, match="there is no report"):
        print_image(print)
