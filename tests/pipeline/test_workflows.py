"""The workflows rehearsed: their steps run in order, from the event to the two comments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ml_ci.github.handover import ARTIFACT, FILE, Handover, read_handover
from tests.builders.github.server import Address, serving
from tests.builders.github.state import REPOSITORY, FakeGitHub
from tests.builders.project import Project
from tests.builders.rehearsal.running import JobRun
from tests.builders.rehearsal.stage import SUBSET, Stage, make_stage, pull_request, push

TEMPLATE = "ml_ci/report/templates/parity.md.j2"
NETWORK = "ml_ci/model/network.py"
GREEN = "Everything is splendid."
BEHIND = "the checked-out commit is 1 commit behind its base"


@dataclass(frozen=True, kw_only=True)
class Played:
    """A measuring run, and the comments that followed."""

    run: JobRun
    comments: dict[str, str]
    """By author and order, what was posted: `1`, `2`."""
    posting: JobRun

    @property
    def handover(self) -> Handover:
        """What the run handed over."""
        return read_handover(self.run.artifacts[ARTIFACT][FILE])


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, finished: Project) -> Stage:
    """A repository whose default branch is measured."""
    return make_stage(tmp_path_factory.mktemp("rehearsal"), finished)


@pytest.fixture(scope="module")
def github(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FakeGitHub, Address]]:
    hub = FakeGitHub()
    with serving(hub, tmp_path_factory.mktemp("github")) as address:
        yield hub, address


Hub = tuple[FakeGitHub, Address]


def play(stage: Stage, github: Hub, number: int, sha: str, *, owner: str = "team") -> Played:
    """A pull request, from its event to its comments."""
    hub, address = github
    repository = f"{owner}/{REPOSITORY.partition('/')[2]}"
    base = stage.sha("main")
    hub.add_pull(number=number, head=f"{owner}:topic{number}", sha=sha, fork=repository)
    hub.merge_bases["main", sha] = stage.merge_base(sha)
    run = stage.start(f"pr{number}", pull_request(number, sha, base, repository))
    ended = hub.add_run(
        sha=sha,
        branch=f"topic{number}",
        owner=owner,
        repository=repository,
        conclusion=run.conclusion,
    )
    for name, files in run.artifacts.items():
        hub.add_files(ended, name, files)
    posting = stage.comment(f"comment{number}", hub, address, ended)
    bodies = {str(row): one.body for row, one in enumerate(hub.comments_of(number), 1)}
    return Played(run=run, comments=bodies, posting=posting)


@pytest.fixture(scope="module")
def merged(stage: Stage) -> JobRun:
    """A merge whose dvc.lock and metrics nobody has brought up to date."""
    before, params = stage.sha("main"), stage.text("params.yaml")
    changed = params.replace("calibration_bins: 10", "calibration_bins: 11")
    assert params != changed
    sha = stage.change("refs/heads/main", {"params.yaml": changed})
    return stage.start("merged", push(before, sha))


def test_merged__keeps_what_it_measured_as_a_base(merged: JobRun) -> None:
    said = f"kept: {merged.event.sha[:10]}, by its own run\n"
    assert said == merged.output("What was measured, as a base for others"), merged.log
    assert f"base-{merged.event.sha}" in merged.cached


@pytest.fixture(scope="module")
def same_repository(stage: Stage, github: Hub, merged: JobRun) -> Played:
    """A branch that asks for better calibration than there is; main has moved on."""
    params = stage.text("params.yaml")
    asked = params.replace("calibration_error: 1.0", "calibration_error: 0.0001")
    assert params != asked
    base = stage.sha("main")
    sha = stage.change("refs/heads/topic1", {"params.yaml": asked})
    stage.change("refs/heads/main", {"docs/later.md": "Later.\n"}, base=base)
    return play(stage, github, 1, sha)


def test_same_repository__measures_the_head_and_closes_the_gate(same_repository: Played) -> None:
    run = same_repository.run
    assert ("success", "failure") == (run.outcome("Measure"), run.outcome("Gate")), run.log


def test_same_repository__the_log_says_how_far_behind(same_repository: Played) -> None:
    assert BEHIND in same_repository.run.output("Is there anything to measure?")


def test_same_repository__is_compared_with_what_the_push_measured(
    same_repository: Played, merged: JobRun
) -> None:
    """`base.minutes` is 0: nobody measures the base here."""
    report = same_repository.handover.report
    assert report is not None
    assert report.base is not None
    assert (merged.event.sha, "measured", True) == (
        report.base.commit,
        report.base.source,
        report.base.sentence.startswith("measured by its own run, "),
    ), report.base.sentence


def test_same_repository__a_closed_gate_has_its_report(same_repository: Played) -> None:
    assert same_repository.handover.outcome == "report", same_repository.run.log


def test_same_repository__annotates_the_line_of_the_threshold(
    same_repository: Played, stage: Stage
) -> None:
    lines = stage.text("params.yaml").splitlines()
    line = 1 + next(n for n, text in enumerate(lines) if "calibration_error:" in text)
    start = f"::error file=params.yaml,line={line},title=expected calibration error::"
    assert start in same_repository.run.output("Annotations")


def test_same_repository__summary_holds_both_reports(same_repository: Played) -> None:
    summary = same_repository.run.summary
    assert (True, True) == ("training and serving" in summary, "alibration" in summary)


def test_same_repository__artifacts_for_poster_people_and_accept(same_repository: Played) -> None:
    artifacts = same_repository.run.artifacts
    assert {ARTIFACT, "ml-ci-reports", "ml-ci-measured"} == set(artifacts), same_repository.run.log


def test_same_repository__what_was_measured_is_of_the_head(
    same_repository: Played, stage: Stage
) -> None:
    meta = json.loads(same_repository.run.artifacts["ml-ci-measured"]["meta.json"])
    assert stage.sha("refs/heads/topic1") == meta["commit"]


def test_same_repository__two_comments(same_repository: Played) -> None:
    assert len(same_repository.comments) == 2, same_repository.posting.log


def test_same_repository__the_comments_name_the_base_that_is_its_own(
    same_repository: Played, stage: Stage
) -> None:
    base = stage.merge_base("refs/heads/topic1")[:12]
    said = f"Compared with {base} of main.</sub>"
    assert [True, True] == [said in body for body in same_repository.comments.values()]


def test_same_repository__the_base_is_called_by_its_name(same_repository: Played) -> None:
    report = same_repository.handover.report
    assert report is not None
    assert report.base is not None
    assert ("main", "where it left main") == (report.base.branch, report.base.chosen)


def test_same_repository__the_comment_says_that_the_gate_is_closed(
    same_repository: Played,
) -> None:
    assert "expected calibration error" in "\n".join(same_repository.comments.values())


@pytest.fixture(scope="module")
def fork(stage: Stage, github: Hub, merged: JobRun) -> Played:
    """A fork, which may not read the data, and prints a report of its own liking."""
    sha = stage.change("refs/pull/2/head", {TEMPLATE: f"{GREEN}\n"}, base=merged.event.sha)
    return play(stage, github, 2, sha, owner="stranger")


def test_fork__is_measured_on_the_public_subset(fork: Played) -> None:
    report = fork.handover.report
    assert report is not None, fork.run.log
    images = {split.split: split.images for split in report.data}
    assert 3 * 23 == images["train"]


def test_fork__both_first_lines_say_so(fork: Played) -> None:
    firsts = [body.splitlines()[0] for body in fork.comments.values()]
    expected = [("## ⚠️", True)] * 2
    assert expected == [(line[:5], "measured on a public subset" in line) for line in firsts]


def test_fork__is_not_blamed_for_what_the_subset_leaves_out(fork: Played) -> None:
    report = fork.handover.report
    assert report is not None
    assert report.subset is not None
    assert report.changes is not None
    assert (SUBSET, True, 0, None) == (
        report.subset.folder,
        report.subset.trained,
        report.changes.data_changed,
        report.changes.paired,
    )
    assert "success" == fork.run.outcome("Gate"), fork.run.output("Gate")


def test_fork__the_comment_says_once_that_it_was_a_subset(fork: Played) -> None:
    assert "" == fork.handover.note
    said = "**Measured on a public subset of the data**"
    assert [1, 1] == [body.count(said) for body in fork.comments.values()]


def test_fork__the_comment_is_not_of_its_template(fork: Played) -> None:
    assert [False, False] == [GREEN in body for body in fork.comments.values()]


def test_fork__finds_what_the_push_measured(fork: Played, merged: JobRun) -> None:
    assert f"base-{merged.event.sha}" in fork.run.restored


@pytest.fixture(scope="module")
def broken(stage: Stage, github: Hub) -> Played:
    """A network that fails in the stage that trains it."""
    code = (
        stage.text(NETWORK)
        + '\n\ndef build_network(*_: object) -> None:\n    raise OSError("`x` @all")\n'
    )
    return play(stage, github, 3, stage.change("refs/heads/topic3", {NETWORK: code}))


def test_broken__hands_over_the_stage(broken: Played) -> None:
    failure = broken.handover.failure
    assert failure is not None
    assert failure.stage == "train", broken.run.log


def test_broken__annotates_the_line_of_the_code(broken: Played, stage: Stage) -> None:
    code = broken.run.place.workspace / NETWORK
    line = len(code.read_text(encoding="utf-8").splitlines())
    wanted = f"::error file={NETWORK},line={line},title=train failed::OSError: `x` @all"
    assert wanted in broken.run.output("Annotations").splitlines()


def test_broken__the_gate_is_closed(broken: Played) -> None:
    assert "failure" == broken.run.outcome("Gate")


def test_broken__comments_name_the_stage(broken: Played) -> None:
    assert ["train" in body for body in broken.comments.values()] == [True, True]


@pytest.fixture(scope="module")
def documentation(stage: Stage, github: Hub) -> Played:
    """Documentation only."""
    return play(stage, github, 4, stage.change("refs/heads/topic4", {"docs/more.md": "More.\n"}))


def test_documentation__nothing_is_installed_or_measured(documentation: Played) -> None:
    outcomes = {step.name: step.outcome for step in documentation.run.steps}
    ran = [name for name, outcome in outcomes.items() if outcome != "skipped"]
    assert ["actions/checkout", "Is there anything to measure?", "Upload the handover"] == [
        name.partition("@")[0] for name in ran
    ]


def test_documentation__the_check_is_green(documentation: Played) -> None:
    assert "success" == documentation.run.conclusion


def test_documentation__hands_over_that_it_was_skipped(documentation: Played) -> None:
    assert "skipped" == documentation.handover.outcome


@pytest.fixture(scope="module")
def pushed(stage: Stage) -> JobRun:
    """A push to the default branch, with a key that nobody knows in params.yaml."""
    before = stage.sha("main")
    text = stage.text("params.yaml") + "\nsurprise: 1\n"
    after = stage.change("refs/heads/pushed", {"params.yaml": text})
    return stage.start("push", push(before, after))


def test_push__is_held_against_what_was_there_before(pushed: JobRun, stage: Stage) -> None:
    assert stage.sha("main") == pushed.environment["ML_CI_BASE"]


def test_push__annotates_the_key_that_nobody_knows(pushed: JobRun, stage: Stage) -> None:
    text = (pushed.place.workspace / "params.yaml").read_text(encoding="utf-8")
    start = f"::error file=params.yaml,line={len(text.splitlines())},title=params.yaml::"
    assert start in pushed.output("Annotations")


def test_push__nothing_is_published_behind_a_closed_gate(pushed: JobRun) -> None:
    assert ["failure", "skipped"] == [pushed.outcome("Gate"), pushed.outcome("Save the image")]


def test_push__that_fails_leaves_no_base(pushed: JobRun) -> None:
    assert ("skipped", []) == (
        pushed.outcome("What was measured, as a base for others"),
        [key for key in pushed.cached if key.startswith("base-")],
    )


def test_pull_requests__keep_nothing(
    same_repository: Played, fork: Played, broken: Played, documentation: Played
) -> None:
    """What their code has made, no other run takes."""
    runs = (same_repository.run, fork.run, broken.run, documentation.run)
    assert [[], [], [], []] == [run.cached for run in runs]


def test_comment__is_not_made_for_a_push(stage: Stage, github: Hub) -> None:
    hub, address = github
    ended = hub.add_run(sha=stage.sha("main"), branch="main", event="push")
    assert [] == stage.comment("comment-push", hub, address, ended).steps


def test_stage__workflows_are_those_of_this_repository(stage: Stage) -> None:
    assert (stage.upstream.folder / ".github/workflows/ml-ci.yml").is_file()


def test_comment__checks_out_the_default_branch(broken: Played, stage: Stage) -> None:
    checked_out = broken.posting.place.workspace / Path(NETWORK)
    assert stage.text(NETWORK) == checked_out.read_text(encoding="utf-8")
