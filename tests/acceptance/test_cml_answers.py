"""What GitHub answers CML, and what CML makes of a text: the real one where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.errors import EXIT_PASS, EXIT_USER
from ml_ci.github.bodies import Surroundings, report_comments
from ml_ci.github.cml import CmlError
from ml_ci.github.comments import BODY_BYTES, GITHUB_LIMIT
from ml_ci.github.handover import ARTIFACT, FILE, read_handover, report_handover
from ml_ci.github.measuring_code import MeasuringCode
from ml_ci.github.watermark import Watermark
from tests.builders.github.posting import SHA, Scene
from tests.builders.github.state import Fault
from tests.builders.hostile import STRINGS, filled, full_report
from tests.builders.reports import report

GREEN = report_handover(SHA, report())
COMMENTS = "/repos/team/project/issues/1/comments"
TOO_LONG = (
    b'{"message": "Validation Failed", "errors": [{"code": "custom", "field": "body", '
    b'"message": "body is too long"}]}'
)


@pytest.mark.parametrize(
    ("status", "body", "said", "fix"),
    [
        pytest.param(401, b'{"message": "Bad credentials"}', "Bad credentials", "token", id="401"),
        pytest.param(
            403, b'{"message": "is locked"}', "is locked", "locked conversation", id="403"
        ),
        pytest.param(404, b'{"message": "Not Found"}', "Not Found", "still exists", id="404"),
        pytest.param(
            422,
            TOO_LONG,
            'Validation Failed: {"code":"custom","field":"body","message":"body is too long"}',
            "which part",
            id="422",
        ),
    ],
)
def test_step__says_what_github_answered_to_cml(
    scene: Scene, status: int, body: bytes, said: str, fix: str
) -> None:
    scene.hub.faults.append(Fault(method="POST", path=COMMENTS, status=status, body=body))

    done = scene.step(scene.measured(GREEN))

    what, _, remedy = done.stderr.splitlines()
    expected = f"error: CML could not post the comment: exit code 1: {said} (status {status})"
    assert (EXIT_USER, "", expected, True) == (done.returncode, done.stdout, what, fix in remedy)


def test_step__posts_in_spite_of_a_bad_gateway(scene: Scene) -> None:
    page = {"content-type": "text/html"}
    scene.hub.faults.append(
        Fault(method="POST", path=COMMENTS, status=502, body=b"<html>", headers=page)
    )

    done = scene.step(scene.measured(GREEN))

    assert (EXIT_PASS, {"metrics", "parity"}) == (done.returncode, set(scene.bodies())), done.stderr


def test_step__does_not_take_a_page_of_somebody_else_for_an_answer(scene: Scene) -> None:
    """CML ends well; a proxy has answered."""
    page = {"content-type": "text/html"}
    scene.hub.faults.append(
        Fault(method="POST", path=COMMENTS, status=200, body=b"<html>", headers=page)
    )

    done = scene.step(scene.measured(GREEN))

    assert (EXIT_USER, True) == (
        done.returncode,
        "it gave no address of the comment but 'undefined'" in done.stderr,
    )


@pytest.mark.parametrize(("method", "status"), [("POST", 307), ("GET", 301)])
def test_cml__takes_the_token_to_no_other_host(
    scene: Scene, tmp_path: Path, method: str, status: int
) -> None:
    location = {"location": f"{scene.hub.storage}/api/v3{COMMENTS}"}
    scene.hub.faults.append(Fault(method=method, path=COMMENTS, status=status, headers=location))

    with pytest.raises(CmlError):
        scene.program(tmp_path).update(1, "metrics", "body", SHA)

    elsewhere = scene.hub.storage.removeprefix("https://")
    assert [] == [row.line for row in scene.hub.requests if row.host == elsewhere and row.token]


@pytest.mark.parametrize("fork", [False, True], ids=["own", "fork"])
def test_step__hostile_names(scene: Scene, fork: bool) -> None:
    """CML posts what we gave it, to the byte, and nothing beside it."""
    branch = "x&state=all#@everyone\u202e"
    owner = "guest" if fork else "team"
    scene.hub.add_pull(number=2, head=f"{owner}:{branch}", sha=SHA, fork=f"{owner}/project")
    content = filled(report_handover(SHA, full_report(), "note"), "\n".join(STRINGS.values()))
    run = scene.measured(branch=branch, owner=owner, repository=f"{owner}/project")
    scene.hub.add_files(run, ARTIFACT, {FILE: content})

    done = scene.step(run)

    handed = read_handover(content)
    assert handed.report is not None
    code = MeasuringCode(parts=(), complete=True)
    url = f"https://github.test/team/project/actions/runs/{run.id}"
    around = Surroundings(commit=SHA, url=url, fork=fork, code=code)
    expected = {
        sticky.title: sticky.body
        for sticky in report_comments(handed.report, around, note=handed.note)
    }
    assert (EXIT_PASS, expected, []) == (
        done.returncode,
        scene.bodies(2),
        scene.hub.comments_of(1),
    ), done.stderr


def test_cml__posts_any_text_as_it_is(scene: Scene, tmp_path: Path) -> None:
    text = "\n".join(STRINGS.values())

    scene.program(tmp_path).update(1, "metrics", text, SHA)

    assert [Watermark(title="metrics").under(text, SHA)] == [row.body for row in scene.hub.comments]


def test_cml__posts_the_longest_body_there_may_be(scene: Scene, tmp_path: Path) -> None:
    longest = "ü" * (BODY_BYTES // 2)

    scene.program(tmp_path).update(1, "metrics", longest, SHA)

    (comment,) = scene.hub.comments
    assert (True, True) == (
        comment.body.startswith(longest),
        BODY_BYTES < len(comment.body.encode()) <= GITHUB_LIMIT,
    )


def test_cml__is_refused_a_longer_one(scene: Scene, tmp_path: Path) -> None:
    with pytest.raises(CmlError, match="body is too long") as refused:
        scene.program(tmp_path).update(1, "metrics", "x" * GITHUB_LIMIT, SHA)

    assert (422, []) == (refused.value.status, scene.hub.comments)
