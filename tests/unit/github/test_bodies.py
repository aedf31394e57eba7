"""What the comments say: harmless, short enough, and all of it GitHub's or ours."""

from __future__ import annotations

from functools import cache

import pytest

from ml_ci.artifacts.evaluation import ClassMetrics
from ml_ci.base.reported import ReportedBase
from ml_ci.github.bodies import (
    Surroundings,
    failure_comments,
    report_comments,
    skip_comments,
)
from ml_ci.github.comments import BODY_BYTES
from ml_ci.github.handover import (
    LAST_LINES,
    failure_handover,
    read_handover,
    report_handover,
)
from ml_ci.github.measuring_code import ChangedPart, MeasuringCode
from ml_ci.github.own_base import OwnBase
from ml_ci.github.watermark import Watermark
from ml_ci.params.targets import MOST_TARGETS
from ml_ci.parity.conclusion import conclude
from ml_ci.report.schema import Report
from tests.builders.checks import check
from tests.builders.gfm import Shown, shown
from tests.builders.hostile import STRINGS, filled, full_report
from tests.builders.reports import BASE, COMMIT, evaluation, parity, report

RUN = "https://github.test/team/project/actions/runs/5"
OWN_TAGS = frozenset(
    {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "details", "summary", "sub"}
    | {"a", "strong", "em", "code", "pre", "ol", "ul", "li", "hr", "blockquote"}
)


def around(
    *parts: ChangedPart, fork: bool = False, complete: bool = True, base: OwnBase | None = None
) -> Surroundings:
    code = MeasuringCode(parts=parts, complete=complete)
    return Surroundings(commit=COMMIT, url=RUN, fork=fork, code=code, base=base)


def bodies(content: Report, surroundings: Surroundings | None = None) -> dict[str, str]:
    comments = report_comments(content, surroundings or around())
    return {sticky.title: sticky.body for sticky in comments}


@cache
def hostile_bodies(text: str) -> dict[str, str]:
    """Everything that a run or a pull request may bring, in all of the comments there are."""
    measured = read_handover(filled(report_handover(COMMIT, full_report(), "note"), text))
    lines = failure_handover(COMMIT, stage="train", message="m", last_lines=["a", "b"], note="n")
    failed = read_handover(filled(lines, text))
    assert measured.report is not None
    assert failed.failure is not None
    elsewhere = OwnBase(branch=text, commit="c" * 40)
    place = around(ChangedPart(part="the pipeline", files=(text, text)), base=elsewhere)
    stickies = [
        *report_comments(measured.report, place, note=measured.note),
        *failure_comments(failed.failure, place, fix="look", note=failed.note),
        *skip_comments(failed.note, place),
    ]
    return {f"{number} {sticky.title}": sticky.body for number, sticky in enumerate(stickies)}


@cache
def pages(text: str) -> dict[str, Shown]:
    return {title: shown(body) for title, body in hostile_bodies(text).items()}


hostile = pytest.mark.parametrize("text", STRINGS.values(), ids=STRINGS.keys())


@hostile
def test_hostile__nothing_comes_alive(text: str) -> None:
    assert {} == {title: page.alive for title, page in pages(text).items() if page.alive}


@hostile
def test_hostile__no_link_but_ours(text: str) -> None:
    assert {RUN} == {link for page in pages(text).values() for link in page.links}


@hostile
def test_hostile__no_picture(text: str) -> None:
    assert [] == [image for page in pages(text).values() for image in page.images]


@hostile
def test_hostile__no_tag_but_ours(text: str) -> None:
    assert set() == {tag for page in pages(text).values() for tag in page.tags} - OWN_TAGS


@hostile
def test_hostile__no_heading_but_ours(text: str) -> None:
    harmless = {title: len(page.headings) for title, page in pages("plain").items()}

    assert harmless == {title: len(page.headings) for title, page in pages(text).items()}


@hostile
def test_hostile__no_workflow_command(text: str) -> None:
    """Were the comment printed into a log."""
    lines = [line for body in hostile_bodies(text).values() for line in body.splitlines()]

    assert [] == [line for line in lines if line.lstrip().startswith(("::", "##["))]


@hostile
def test_hostile__no_control_or_direction_character(text: str) -> None:
    joined = "".join(hostile_bodies(text).values())

    assert set() == {"\x00", "\x07", "\x1b", "\u202e", "\u2066", "\r"} & set(joined)


@hostile
def test_hostile__no_watermark(text: str) -> None:
    mark = Watermark(title="parity")

    assert [] == [title for title, body in hostile_bodies(text).items() if mark.is_in(body)]


@hostile
def test_hostile__fits(text: str) -> None:
    assert {} == {
        title: len(body.encode())
        for title, body in hostile_bodies(text).items()
        if len(body.encode()) > BODY_BYTES
    }


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(report(parity=(parity("resized", images=3000),)), id="images"),
        pytest.param(
            report(
                evaluation=evaluation(
                    classes=tuple(
                        ClassMetrics(name=f"{n}" * 40, precision=1, recall=1, f1=1, support=1)
                        for n in range(1000)
                    )
                )
            ),
            id="classes",
        ),
        pytest.param(report(log_tail=("🙂" * 2000,) * 50), id="log"),
        pytest.param(
            report(
                environments={
                    f"side {side}": {f"{n}": "v" * 500 for n in range(200)} for side in range(17)
                }
            ),
            id="environment",
        ),
    ],
)
def test_large__fits(content: Report) -> None:
    sizes = {title: len(body.encode()) for title, body in bodies(content).items()}

    assert {} == {title: size for title, size in sizes.items() if size > BODY_BYTES}


def test_large__of_all_targets_that_there_may_be_keeps_every_section() -> None:
    """As many checks as a target has at most, each with the longest evidence."""
    checks = [
        check(f"{topic} {number}", outcome, topic=topic, evidence="🙂 " * 1000)
        for topic in ("identity", "environment")
        for outcome in ("differs", "unknown", "note", "agrees")
        for number in range(9)
    ]
    targets = tuple(
        conclude(parity("resized", target=f"target-{number}"), checks)
        for number in range(MOST_TARGETS)
    )

    body = bodies(report(parity=targets))["parity"]

    assert len(body.encode()) <= BODY_BYTES
    assert "### Checks of target-15 that differ, or could not be made" in body
    assert "<summary>Environment of target-15" in body


def test_large__keeps_the_verdict_and_the_link() -> None:
    content = report(log_tail=("🙂" * 2000,) * 50, parity=(parity("resized"),))

    body = bodies(content)["parity"]

    assert body.startswith("## ❌ training and serving part at **resized** on 1 of 3 images")
    assert f"[this run]({RUN})" in body


def test_large__failure_fits() -> None:
    handover = failure_handover(
        COMMIT, stage="train", message="🙂" * 5000, last_lines=["🙂" * 5000] * LAST_LINES
    )
    assert handover.failure is not None
    comments = failure_comments(handover.failure, around(), fix="look")

    assert [True, True] == [len(sticky.body.encode()) <= BODY_BYTES for sticky in comments]


def test_head__stands_under_the_verdict() -> None:
    place = around(ChangedPart(part="the pipeline", files=("dvc.yaml",)))

    lines = bodies(report(), place)["parity"].splitlines()

    expected = "> ⚠️ **This pull request changes the code that measures it.**"
    assert (True, True) == (lines[0].startswith("## ⚠️"), lines[2].startswith(expected))


def test_head__without_changes_says_nothing() -> None:
    assert "pull request changes" not in bodies(report())["parity"]


def test_head__ordinary_work_is_no_warning() -> None:
    part = ChangedPart(part="the settings, thresholds among them", files=("params.yaml",))

    body = bodies(report(), around(part))["parity"]

    sentence = "This pull request changes params.yaml (the settings, thresholds among them)."
    assert (True, False) == (f"\n{sentence}\n" in body, "⚠️ **This" in body)


def test_head__more_files_than_github_lists_is_a_warning() -> None:
    body = bodies(report(), around(complete=False))["parity"]

    assert "> - more files than GitHub lists: some of them may be part of it" in body


def test_head__names_the_first_files() -> None:
    part = ChangedPart(part="the workflows", files=tuple(f"{n}.yml" for n in range(8)))

    body = bodies(report(), around(part))["parity"]

    assert "> - 0.yml, 1.yml, 2.yml, 3.yml, 4.yml and 3 more: the workflows" in body


@pytest.mark.parametrize(("fork", "said"), [(True, "of a fork, "), (False, ", ")])
def test_foot__says_what_was_measured(fork: bool, said: str) -> None:
    last = bodies(report(), around(fork=fork))["metrics"].splitlines()[-1]

    assert last == (
        f"<sub>Commit 0123456789ab{' ' if fork else ''}{said}measured by its own code in "
        f"[this run]({RUN}), which keeps the whole report; "
        "written here by the default branch. Compared with fedcba987654 of main.</sub>"
    )


OWN, OTHER = BASE.commit, "c" * 40


@pytest.mark.parametrize(
    ("base", "own", "said"),
    [
        pytest.param(
            BASE,
            OwnBase(branch="release", commit=OWN),
            "Compared with fedcba987654 of release.",
            id="its-own-by-the-name-that-github-has-for-it",
        ),
        pytest.param(
            BASE,
            OwnBase(branch="release", commit=OTHER),
            "Compared with fedcba987654 of main, **not** with this pull request's own base, "
            "cccccccccccc of release.",
            id="of-another-pull-request",
        ),
        pytest.param(
            BASE,
            OwnBase(branch="release", commit=None),
            "Compared with fedcba987654 of main.",
            id="github-cannot-tell",
        ),
        pytest.param(
            BASE.model_copy(update={"commit": None, "branch": None}),
            OwnBase(branch="release", commit=OTHER),
            "Compared with nothing.",
            id="none",
        ),
    ],
)
def test_foot__says_what_it_is_compared_with(base: ReportedBase, own: OwnBase, said: str) -> None:
    for body in bodies(report(base=base), around(base=own)).values():
        assert f"written here by the default branch. {said}</sub>" in body


def test_first_line__of_a_report_about_another_base_does_not_read_as_a_pass() -> None:
    place = around(base=OwnBase(branch="release", commit=OTHER))

    lines = {title: body.splitlines() for title, body in bodies(report(), place).items()}

    look = "**look first: compared with another base than this pull request's own**"
    assert {
        "metrics": f"## ⚠️ Accuracy 98.0% on 100 test images; {look}",
        "parity": f"## ⚠️ training and serving agree on 3 of 3 images; {look}",
    } == {title: text[0] for title, text in lines.items()}
    expected = (
        "- **This report compares with fedcba987654, where it left main; this pull request's own "
        "base is cccccccccccc, where it leaves release.** Its run was started for another pull "
        "request from the same branch, or the branch it goes to has moved. To have it compared "
        "with its own base, re-run the workflow run that this pull request started."
    )
    assert [True, True] == [expected in text for text in lines.values()]


@pytest.mark.parametrize(
    ("part", "mark"),
    [
        pytest.param("the pipeline", "⚠️", id="measuring-code"),
        pytest.param("the settings, thresholds among them", "✅", id="every-day"),
    ],
)
def test_first_line__says_that_the_measuring_code_was_changed(part: str, mark: str) -> None:
    place = around(ChangedPart(part=part, files=("dvc.yaml",)))

    marks = {body.split()[1] for body in bodies(report(), place).values()}

    assert {mark} == marks
