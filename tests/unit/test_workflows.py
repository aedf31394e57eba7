"""The workflows' rules that no linter knows: rights, pins, names that two files share."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ml_ci.base.choosing import BASE_VARIABLE, NAME_VARIABLE
from ml_ci.github import handover
from ml_ci.github.event import MEASURING_WORKFLOW
from ml_ci.github.plan import BASE_VARIABLE as PLANNED_VARIABLE
from ml_ci.takeover import package
from tests.builders.rehearsal.actors import ACTORS
from tests.builders.rehearsal.expressions import Context, condition, filled
from tests.builders.rehearsal.running import read_workflow

FOLDER = Path(".github/workflows")
FILES = [*sorted(FOLDER.glob("*.yml")), *sorted(Path("docs/examples").glob("*.yml"))]
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")
IDS = [path.stem for path in FILES]

# What each job may beyond reading the repository: a new right has to be added here as well
RIGHTS = {
    "comment.comment": {"actions": "read", "pull-requests": "write"},
    "drift.issue": {"issues": "write"},
    "ml-ci.publish": {"packages": "write", "id-token": "write", "attestations": "write"},
    "cloud-gpu.start": {"id-token": "write"},
}


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_rights__none_but_those_of_a_job(path: Path) -> None:
    assert {} == read_workflow(path)["permissions"]


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_rights__of_each_job_are_those_listed(path: Path) -> None:
    for name, job in read_workflow(path)["jobs"].items():
        beyond = {**job["permissions"]}
        assert beyond.pop("contents", "read") == "read"
        assert RIGHTS.get(f"{path.stem}.{name}", {}) == beyond


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_jobs__end_by_themselves(path: Path) -> None:
    assert all("timeout-minutes" in job for job in read_workflow(path)["jobs"].values())


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_actions__are_pinned_to_commits(path: Path) -> None:
    used = [line for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert [] == [line for line in used if not PINNED.search(line)]


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_actions__have_one_pin_each(path: Path) -> None:
    assert [] == [pin for pin in pins(path) if pin not in newest()]


def pins(path: Path) -> list[str]:
    return re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))


def newest() -> set[str]:
    """One commit per action over all files."""
    found = {pin.partition("@")[0]: pin for path in FILES for pin in pins(path)}
    return set(found.values())


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_scripts__hold_no_expression(path: Path) -> None:
    scripts = [step["run"] for step in steps(path) if "run" in step]
    assert [] == [script for script in scripts if "${{" in script]


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_triggers__never_with_the_rights_of_the_target(path: Path) -> None:
    assert "pull_request_target" not in read_workflow(path)["on"]


def test_secrets__the_measuring_workflow_has_none() -> None:
    assert "secrets." not in (FOLDER / "ml-ci.yml").read_text(encoding="utf-8")


def from_repository(name: str | None) -> dict[str, Any]:
    """A pull request's part of the context; None for a fork that is gone."""
    repo = None if name is None else {"full_name": name}
    return {"event_name": "pull_request", "event": {"pull_request": {"head": {"repo": repo}}}}


BY_THE_DEFAULT_BRANCH = (
    "github.event_name != 'pull_request' && "
    "github.ref_name == github.event.repository.default_branch &&"
)


def test_caches__are_kept_by_runs_of_the_default_branch_only() -> None:
    """A base by a step that runs there only, and without which there is none to keep."""
    (bases,) = [step["if"] for step in measuring() if step.get("id") == "bases"]
    kept = [
        BY_THE_DEFAULT_BRANCH in step["if"]
        or ("steps.bases.outputs." in step["if"] and BY_THE_DEFAULT_BRANCH in bases)
        for step in measuring()
        if step.get("uses", "").startswith("actions/cache/save@")
    ]
    assert [True] * 4 == kept


def test_caches__a_base_is_found_where_it_was_kept() -> None:
    """The service takes the path as part of the key."""
    expression = re.compile(r"\$\{\{[^}]*\}\}")
    found = {
        (expression.sub("COMMIT", step["with"]["path"]), expression.sub("COMMIT", key))
        for step in steps(FOLDER / "ml-ci.yml")
        if (key := step.get("with", {}).get("key", "")).startswith("base-")
    }
    assert {(".ml-ci/bases/COMMIT", "base-COMMIT")} == found


@pytest.mark.parametrize("name", ["comment.yml", "drift.yml"])
def test_caches__are_none_where_there_are_rights(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert [] == re.findall(r"actions/cache|cache:", text)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        pytest.param({"event_name": "push"}, True, id="push"),
        pytest.param({"event_name": "workflow_dispatch"}, True, id="by-hand"),
        pytest.param(from_repository("team/project"), True, id="own-branch"),
        pytest.param(from_repository("guest/project"), False, id="fork"),
        pytest.param(from_repository(None), False, id="deleted-fork"),
    ],
)
@pytest.mark.parametrize("role", ["", "arn:aws:iam::1:role/reader"], ids=["public", "private"])
def test_credentials__are_asked_for_private_data_and_never_for_a_fork(
    event: dict[str, Any], role: str, expected: bool
) -> None:
    (step,) = [step for step in measuring() if step.get("id") == "credentials"]
    context = Context(
        values={
            "github": {"repository": "team/project", **event},
            "steps": {"plan": {"outputs": {"measure": "true"}}},
            "vars": {"ML_CI_DATA_ROLE": role},
        },
        functions={"success": lambda: True},
    )

    assert (expected and role != "") is condition(step["if"], context)


def test_credentials__are_given_to_the_pull_alone() -> None:
    given = [step.get("id") for step in measuring() if "steps.credentials" in str(step)]
    assert ["pull"] == given


def test_credentials__are_kept_out_of_the_environment() -> None:
    for path in FILES:
        for step in steps(path):
            if step.get("uses", "").startswith("aws-actions/"):
                assert step["with"]["output-env-credentials"] is False


def test_data__of_a_private_remote_is_not_kept() -> None:
    (step,) = [step for step in measuring() if step.get("name") == "Keep the data"]
    assert "vars.ML_CI_DATA_ROLE == ''" in step["if"]


def test_measuring__starts_on_pull_requests_pushes_and_by_hand() -> None:
    assert {"pull_request": None, "push": {"branches": ["main"]}, "workflow_dispatch": None} == (
        read_workflow(FOLDER / "ml-ci.yml")["on"]
    )


def test_measuring__a_push_ends_the_run_before_it_of_the_same_pull_request_only() -> None:
    concurrency = read_workflow(FOLDER / "ml-ci.yml")["concurrency"]
    groups = [
        filled(concurrency["group"], Context(values={"github": github}))
        for github in (
            {"sha": "a", "event": {"pull_request": {"number": 7}}},
            {"sha": "b", "event": {"pull_request": {"number": 7}}},
            {"sha": "a", "event": {"pull_request": {"number": 8}}},
            {"sha": "c", "event": {}},
            {"sha": "d", "event": {}},
        )
    ]
    cancels = "${{ github.event_name == 'pull_request' }}"
    assert (cancels, True, 4) == (
        concurrency["cancel-in-progress"],
        groups[0] == groups[1],
        len(set(groups)),
    )


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_cml__is_of_the_version_that_is_tested_and_brings_no_vega(path: Path) -> None:
    """It installs the latest unless told, and half a minute of packages for pictures."""
    found = [step["with"] for step in steps(path) if "setup-cml@" in step.get("uses", "")]
    assert [{"version": "0.20.6", "vega": False}] * len(found) == found


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_cml__is_asked_for_with_a_token(path: Path) -> None:
    """GitHub answers sixty questions an hour without one, to everybody of one address together."""
    found = [step["env"] for step in steps(path) if "setup-cml@" in step.get("uses", "")]
    assert [{"GITHUB_TOKEN": "${{ github.token }}"}] * len(found) == found


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_checkout__leaves_no_token_behind(path: Path) -> None:
    found = [step["with"] for step in steps(path) if "actions/checkout@" in step.get("uses", "")]
    assert [False] * len(found) == [given["persist-credentials"] for given in found]


def test_comment__runs_the_default_branch() -> None:
    checkout, *_ = steps(FOLDER / "comment.yml")
    assert "${{ github.event.repository.default_branch }}" == checkout["with"]["ref"]


def test_drift__secret_goes_to_the_configured_server_only() -> None:
    text = (FOLDER / "drift.yml").read_text(encoding="utf-8")
    guard = "(inputs.url == '' || inputs.url == vars.ML_CI_DEPLOYED_URL) && secrets."
    assert text.count("secrets.") == text.count(guard) == 1


def test_comment__only_a_job_that_comments_waits_its_turn() -> None:
    workflow = read_workflow(FOLDER / "comment.yml")
    found = ("concurrency" in workflow, "concurrency" in workflow["jobs"]["comment"])
    assert (False, True) == found


def test_gate__is_the_last_word_on_a_pull_request() -> None:
    ids = [step.get("id") for step in measuring()]
    assert ["gate", "image", None] == ids[-3:]


def test_comment__waits_for_the_workflow_that_measures() -> None:
    name = read_workflow(Path(MEASURING_WORKFLOW))["name"]
    assert [name] == read_workflow(FOLDER / "comment.yml")["on"]["workflow_run"]["workflows"]


def test_artifacts__have_the_names_that_are_looked_for() -> None:
    uploaded = {
        step["with"]["name"]
        for step in steps(FOLDER / "ml-ci.yml")
        if step.get("uses", "").startswith("actions/upload-artifact@")
    }
    assert {handover.ARTIFACT, package.ARTIFACT} <= uploaded


def test_base__has_the_name_that_is_read() -> None:
    environment = read_workflow(FOLDER / "ml-ci.yml")["jobs"]["measure"]["env"]
    names = (BASE_VARIABLE, PLANNED_VARIABLE, NAME_VARIABLE)
    assert [True] * 3 == [name in environment for name in names]


def test_rehearsal__knows_every_action_that_may_run_in_it() -> None:
    used = {
        step["uses"].partition("@")[0]
        for path, job in ((FOLDER / "ml-ci.yml", "measure"), (FOLDER / "comment.yml", "comment"))
        for step in read_workflow(path)["jobs"][job]["steps"]
        if "uses" in step
    }
    assert {"aws-actions/configure-aws-credentials"} == used - set(ACTORS)


def measuring() -> list[Any]:
    """The steps of the job that measures."""
    found: list[Any] = read_workflow(FOLDER / "ml-ci.yml")["jobs"]["measure"]["steps"]
    return found


def steps(path: Path) -> list[Any]:
    return [step for job in read_workflow(path)["jobs"].values() for step in job["steps"]]
