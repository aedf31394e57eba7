"""The step of comment.yml against GitHub on loopback, with the real CML where there is one.

CML is on the PATH, or ML_CI_CML names its `bin/cml.js`; otherwise a program stands in for it, which
is held to the real one's requests here, on every machine that has it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ml_ci.errors import EXIT_PASS, EXIT_USER
from ml_ci.github.handover import failure_handover, report_handover
from ml_ci.github.watermark import Watermark
from tests.builders.github.posting import SHA, STAND_IN, Scene, any_cml, real_cml
from tests.builders.github.state import BOT, READS, Token
from tests.builders.reports import parity, report

GREEN = report_handover(SHA, report())
RED = report_handover(SHA, report(parity=(parity("resized"),)))
LIST = "GET /repos/team/project/issues/1/comments"


def test_step__thirty_five_comments_pushes_reruns_and_two_pull_requests(scene: Scene) -> None:
    hub = scene.hub
    hub.add_pull(number=2, head="team:topic", sha=SHA, base="release")
    for number in range(35):
        hub.add_comment(1, f"comment {number}")

    first, again = scene.measured(GREEN), scene.measured(RED, conclusion="failure")
    codes = [scene.step(run).returncode for run in (first, first, again)]

    verdicts = {
        number: [scene.bodies(number)[title][:4] for title in ("metrics", "parity")]
        for number in (1, 2)
    }
    assert ([EXIT_PASS] * 3, {1: ["## ❌"] * 2, 2: ["## ❌"] * 2}) == (codes, verdicts)


def test_step__says_what_it_did(scene: Scene) -> None:
    done = scene.step(scene.measured(GREEN))

    expected = [
        f"pull request 1: {title}: posted: https://github.test/team/project/issues/1#issuecomment-N"
        for title in ("metrics", "parity")
    ]
    assert expected == re.sub(r"(?<=issuecomment-)\d+", "N", done.stdout).splitlines()


def test_step__leaves_a_comment_that_quotes_ours(scene: Scene) -> None:
    quote = "> " + Watermark(title="metrics").under("old", "ab12")
    scene.hub.add_comment(1, quote)

    done = scene.step(scene.measured(GREEN))

    assert (EXIT_PASS, quote, 3) == (
        done.returncode,
        scene.hub.comments[0].body,
        len(scene.hub.comments),
    )


def test_step__fork(scene: Scene) -> None:
    scene.hub.add_pull(number=2, head="guest:topic", sha=SHA, fork="guest/project")

    scene.step(scene.measured(GREEN, owner="guest", repository="guest/project"))

    assert ([], 2) == (scene.hub.comments_of(1), len(scene.bodies(2)))


def test_step__stale_commit_posts_nothing(scene: Scene) -> None:
    done = scene.step(scene.measured(GREEN, sha="c" * 40))

    expected = "skipped: its commit cccccccccccc is no longer the head, which is 0123456789ab\n"
    assert (EXIT_PASS, expected, []) == (done.returncode, done.stdout, scene.hub.comments)


def test_step__failure(scene: Scene) -> None:
    failed = failure_handover(SHA, stage="train", message="no room", last_lines=["@all"])

    scene.step(scene.measured(failed, conclusion="failure"))

    assert scene.bodies()["metrics"].startswith("## ❌ No report: the run failed at train\n")


def test_step__token_that_may_only_read(scene: Scene) -> None:
    scene.hub.tokens["t0ken"] = Token(permissions=READS)

    done = scene.step(scene.measured(GREEN))

    assert (EXIT_USER, True, False) == (
        done.returncode,
        "Resource not accessible by integration (status 403)" in done.stderr,
        "t0ken" in done.stdout + done.stderr,
    )


def test_step__not_in_a_workflow(scene: Scene) -> None:
    done = scene.step(scene.measured(GREEN), GITHUB_TOKEN="")

    assert (EXIT_USER, "error: GITHUB_TOKEN is not set") == (
        done.returncode,
        done.stderr.splitlines()[0],
    )


def requests_of(command: tuple[str, ...], scene: Scene, folder: Path) -> list[tuple[object, ...]]:
    """What a CML asks of a repository with 31 comments, call after call, and how each call ends."""
    hub = scene.hub
    hub.clear()
    hub.add_pull(number=1, head="team:topic", sha=SHA)
    folder.mkdir()
    posting = scene.program(folder, command)
    body = "*ü* _x_ @y [l](file.png) ![p](file.png) \\ <b> 🙂\n\n- [ ] a\n"
    urls = [posting.update(1, "metrics", body, SHA), posting.update(1, "metrics", "two", SHA)]
    urls.append(posting.create(1, "metrics", "three", SHA))
    urls.append(posting.update(1, "metrics", "four", "ab" * 20))
    for number in range(28):
        hub.add_comment(1, f"comment {number}")
    hub.add_comment(1, Watermark(title="parity").under("on the second page", SHA), BOT)
    urls.append(posting.update(1, "parity", "not found", SHA))
    asked = [(row.line, row.token, row.body) for row in hub.requests]
    return [*asked, *((url,) for url in urls)]


def test_stand_in__asks_what_cml_asks(scene: Scene, tmp_path: Path) -> None:
    command = real_cml()
    if command is None:
        pytest.skip("there is no CML here: put cml on the PATH, or bin/cml.js into ML_CI_CML")

    asked = requests_of(command, scene, tmp_path / "real")

    assert asked == requests_of(STAND_IN, scene, tmp_path / "stand-in")


def test_cml__takes_the_last_of_the_first_page(scene: Scene, tmp_path: Path) -> None:
    """What the rules of ml_ci/github/comments.py rely on, of whichever CML this is."""
    lines = [str(row[0]) for row in requests_of(any_cml(), scene, tmp_path / "cml") if len(row) > 1]

    numbers: dict[str, str] = {}
    named = [
        re.sub(r"\d{4,}", lambda m: numbers.setdefault(m[0], f"N{len(numbers) + 1}"), line)
        for line in lines
    ]
    post, patch = LIST.replace("GET", "POST"), "PATCH /repos/team/project/issues/comments/"
    assert [LIST, post, LIST, f"{patch}N1", post, LIST, f"{patch}N2", LIST, post] == named
