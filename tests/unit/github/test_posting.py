"""From the end of a run to the comments: what is posted where, and what is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ml_ci.errors import EXIT_PASS, EXIT_USER, UserError
from ml_ci.github.handover import (
    ARTIFACT,
    FILE,
    failure_handover,
    handover_text,
    report_handover,
)
from tests.builders.github import archives
from tests.builders.github.posting import SHA, Scene
from tests.builders.github.state import READS, Fault, Token, zipped
from tests.builders.reports import BASE, parity, report

GREEN = report_handover(SHA, report())
RED = report_handover(SHA, report(parity=(parity("resized"),)))
NEWER = "c" * 40


def first_lines(scene: Scene, pull_request: int = 1) -> dict[str, str]:
    return {title: body.splitlines()[0] for title, body in scene.bodies(pull_request).items()}


def test_report__two_comments(scene: Scene) -> None:
    code = scene.post(scene.measured(GREEN))

    assert (EXIT_PASS, {"metrics", "parity"}) == (code, set(scene.bodies()))


def test_report__verdict_first(scene: Scene) -> None:
    scene.post(scene.measured(RED, conclusion="failure"))

    assert "❌ training and serving part at **resized** on 1 of 3" in first_lines(scene)["parity"]


def test_report__links_the_run(scene: Scene) -> None:
    run = scene.measured(GREEN)
    scene.post(run)

    link = f"[this run](https://github.test/team/project/actions/runs/{run.id})"
    assert [True, True] == [link in body for body in scene.bodies().values()]


def test_report__pushed_again_replaces(scene: Scene) -> None:
    scene.post(scene.measured(GREEN))
    scene.post(scene.measured(RED, conclusion="failure"))

    assert (2, True) == (len(scene.hub.comments), first_lines(scene)["parity"].startswith("## ❌"))


def test_report__run_again(scene: Scene) -> None:
    run = scene.measured(GREEN)
    scene.post(run)
    scene.post(run)

    assert 2 == len(scene.hub.comments)


def test_report__two_pull_requests_from_one_branch(scene: Scene) -> None:
    scene.hub.add_pull(number=2, head="team:topic", sha=SHA, base="release")

    scene.post(scene.measured(GREEN))

    assert [2, 2] == [len(scene.bodies(number)) for number in (1, 2)]


def test_report__says_to_each_pull_request_whether_the_base_is_its_own(scene: Scene) -> None:
    scene.hub.add_pull(number=2, head="team:topic", sha=SHA, base="release")
    assert BASE.commit is not None
    scene.hub.merge_bases = {("main", SHA): BASE.commit, ("release", SHA): "c" * 40}

    scene.post(scene.measured(GREEN))

    marks = [first_lines(scene, number)["metrics"][:5] for number in (1, 2)]
    assert ["## ✅ ", "## ⚠️"] == marks
    foots = [scene.bodies(number)["metrics"].splitlines()[-1] for number in (1, 2)]
    assert [True, True] == [
        "Compared with fedcba987654 of main.</sub>" in foots[0],
        "**not** with this pull request's own base, cccccccccccc of release.</sub>" in foots[1],
    ]


def test_report__second_pull_request_is_served_when_the_first_cannot_be(scene: Scene) -> None:
    scene.hub.add_pull(number=2, head="team:topic", sha=SHA, base="release")
    path = "/repos/team/project/pulls/1/files"
    scene.hub.faults.append(Fault(method="GET", path=path, status=403, body=b"{}"))

    with pytest.raises(UserError, match="403"):
        scene.post(scene.measured(GREEN))

    assert [0, 2] == [len(scene.bodies(number)) for number in (1, 2)]


def test_report__of_a_fork_says_so(scene: Scene) -> None:
    scene.hub.add_pull(number=2, head="guest:topic", sha=SHA, fork="guest/project")

    scene.post(scene.measured(GREEN, owner="guest", repository="guest/project"))

    assert "of a fork, measured by its own code" in scene.bodies(2)["metrics"]


def test_report__own_branch_is_no_fork(scene: Scene) -> None:
    scene.post(scene.measured(GREEN))

    assert "of a fork" not in scene.bodies()["metrics"]


def test_report__says_what_of_the_measuring_code_is_changed(scene: Scene) -> None:
    names = [".github/workflows/ml-ci.yml", "ml_ci/report/templates/parity.md.j2", "ml_ci/rung.py"]
    scene.hub.pulls[0].files += [{"filename": name} for name in names]

    scene.post(scene.measured(GREEN))

    for body in scene.bodies().values():
        assert "\n> ⚠️ **This pull request changes the code that measures it.**" in body
        assert [True] * 3 == [f"\n> - {name}: " in body for name in names]


def test_report__changed_templates_do_not_render_it(scene: Scene) -> None:
    """What a pull request writes into its report is a value, not a template."""
    check = report().gate[0].model_copy(update={"sentence": "{{ 7 + 7 }}"})
    hostile = report().model_copy(update={"gate": (check,)})

    scene.post(scene.measured(report_handover(SHA, hostile)))

    assert "{{ 7 + 7 }}" in scene.bodies()["metrics"]


def test_note__is_said(scene: Scene) -> None:
    note = "The data of forks is a public subset"

    scene.post(scene.measured(report_handover(SHA, report(), note)))

    assert [True, True] == [f"\nNote: {note}\n" in body for body in scene.bodies().values()]


FAILED = failure_handover(
    SHA, stage="train", message="no room\n  fix: more", last_lines=["a", "b ``` @x"]
)


def test_failure__says_at_which_stage(scene: Scene) -> None:
    code = scene.post(scene.measured(FAILED, conclusion="failure"))

    expected = {
        "metrics": "## ❌ No report: the run failed at train",
        "parity": "## ❌ Training and serving were not compared: the run failed at train",
    }
    assert (EXIT_PASS, expected) == (code, first_lines(scene))


def test_failure__shows_the_last_lines(scene: Scene) -> None:
    scene.post(scene.measured(FAILED, conclusion="failure"))

    assert "````text\na\nb ``` @x\n````" in scene.bodies()["metrics"]


def test_failure__takes_the_place_of_a_report(scene: Scene) -> None:
    scene.post(scene.measured(GREEN))
    scene.post(scene.measured(FAILED, conclusion="failure"))

    assert ["## ❌", "## ❌"] == [line[:4] for line in first_lines(scene).values()]


def test_nothing_handed_over__names_the_step(scene: Scene) -> None:
    steps = [{"name": "Install", "conclusion": "failure"}]
    jobs = [{"name": "measure", "conclusion": "failure", "steps": steps}]

    code = scene.post(scene.measured(conclusion="failure", jobs=jobs))

    expected = "## ❌ No report: the run failed at measure, Install"
    assert (EXIT_PASS, expected) == (code, first_lines(scene)["metrics"])


@pytest.mark.parametrize(
    ("run", "said"),
    [
        pytest.param({"event": "push"}, "the run is of a push", id="push"),
        pytest.param(
            {"name": "evil"},
            "the run is of .github/workflows/evil.yml, not .github/workflows/ml-ci.yml",
            id="another-workflow-of-its-name",
        ),
        pytest.param({"conclusion": "action_required"}, "is action_required", id="unapproved"),
        pytest.param({"conclusion": None}, "the run is still running", id="running"),
        pytest.param({"sha": NEWER}, "cccccccccccc is no longer the head", id="stale"),
        pytest.param({"branch": "gone"}, "no open pull request from team:gone", id="closed"),
        pytest.param({"repository": None}, "has been deleted", id="deleted-fork"),
    ],
)
def test_run__without_comment(scene: Scene, run: dict[str, Any], said: str) -> None:
    code = scene.post(scene.measured(GREEN, **run))

    assert (EXIT_PASS, 1, True, []) == (
        code,
        len(scene.said),
        said in scene.said[0],
        scene.hub.comments,
    )


def raw(**changed: Any) -> bytes:
    document = json.loads(handover_text(GREEN))
    return zipped({FILE: json.dumps({**document, **changed}).encode()})


def in_target(**changed: Any) -> bytes:
    """A report whose comparison says something else."""
    document = json.loads(handover_text(RED))
    document["report"]["parity"][0] |= changed
    return zipped({FILE: json.dumps(document).encode()})


def in_report(**changed: Any) -> bytes:
    document = json.loads(handover_text(GREEN))
    document["report"] |= changed
    return zipped({FILE: json.dumps(document).encode()})


OTHER = zipped({FILE: handover_text(report_handover(NEWER, report(commit=NEWER))).encode()})
HALF_OTHER = zipped({FILE: handover_text(report_handover(SHA, report(commit=NEWER))).encode()})


NOT_A_NUMBER = in_report(thresholds={"accuracy": float("nan")})
NESTED = zipped({FILE: b'{"schema_version": 1, "report": ' + b"[" * 10**6 + b"]" * 10**6 + b"}"})
MILLION_ROWS = in_report(log_tail=[1] * 10**6)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(OTHER, "about another commit than the run", id="another-commit"),
        pytest.param(HALF_OTHER, "about another commit than the run", id="another-report"),
        pytest.param(raw(pull_request=2), "pull\\_request: Extra inputs", id="another-number"),
        pytest.param(raw(schema_version=2), "its schema version is 2", id="unknown-schema"),
        pytest.param(NOT_A_NUMBER, "finite number", id="NaN"),
        pytest.param(NESTED, "recursion limit exceeded", id="deeply-nested"),
        pytest.param(MILLION_ROWS, "report.log\\_tail.0: Input should be", id="million-rows"),
        pytest.param(in_target(images=[]), "contradict each other: IndexError", id="no-image"),
        pytest.param(in_target(steps=[]), "each other: ValueError", id="no-faulty-step"),
        pytest.param(archives.bomb(FILE, 10**8), "unpacks to 100000000 bytes", id="100-MB"),
        pytest.param(archives.one("../handover.json"), "it holds '../handover.json'", id="above"),
        pytest.param(archives.symlink(FILE, "/etc/passwd"), "is no regular file", id="symlink"),
        pytest.param(zipped({FILE: b"{}", "b": b""}), "it holds 2 files", id="two-files"),
    ],
)
def test_refused__is_said_in_the_comment_and_by_the_exit_code(
    scene: Scene, content: bytes, why: str
) -> None:
    run = scene.measured()
    scene.hub.add_artifact(run, ARTIFACT, content)

    code = scene.post(run)

    body = scene.bodies()["metrics"]
    assert (EXIT_USER, "## ❌ No report: the run failed at the handover", True) == (
        code,
        body.splitlines()[0],
        why.replace("\\", "") in body,
    )


def test_refused__two_artifacts(scene: Scene) -> None:
    run = scene.measured(GREEN)
    scene.hub.add_files(run, ARTIFACT, {})

    assert (EXIT_USER, True) == (scene.post(run), "2 artifacts of" in scene.bodies()["metrics"])


def test_github_in_trouble__is_no_finding_about_the_pull_request(scene: Scene) -> None:
    run = scene.measured(GREEN)
    path = f"/repos/team/project/actions/runs/{run.id}/artifacts"
    scene.hub.faults += [Fault(method="GET", path=path, status=502)] * 9

    with pytest.raises(UserError, match="502"):
        scene.post(run)

    assert [] == scene.hub.comments


def test_token_that_may_only_read(scene: Scene) -> None:
    scene.hub.tokens["t0ken"] = Token(permissions=READS)

    with pytest.raises(UserError, match="Resource not accessible"):
        scene.post(scene.measured(GREEN))
