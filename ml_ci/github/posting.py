"""Posting: from the end of a run to the comments on its pull requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError

from ml_ci.errors import EXIT_PASS, EXIT_USER, CombinedUserError, UserError, printable
from ml_ci.github.api import GitHub
from ml_ci.github.api_error import GitHubError
from ml_ci.github.artifact import fetch_file, find_artifact
from ml_ci.github.bodies import (
    TEMPLATES,
    Surroundings,
    failure_comments,
    report_comments,
    skip_comments,
)
from ml_ci.github.comments import Poster, Sticky
from ml_ci.github.event import MEASURING_WORKFLOW, Run
from ml_ci.github.failed_step import failed_step
from ml_ci.github.handover import (
    ARTIFACT,
    FILE,
    MAX_BYTES,
    Handover,
    RunFailure,
    failure_handover,
    read_handover,
)
from ml_ci.github.measuring_code import changed_measuring_code
from ml_ci.github.own_base import own_base
from ml_ci.github.pull_request import PullRequest, pull_requests_of
from ml_ci.report.rendering import render

# A run that waits for approval has not run yet: somebody who may will start it.
_NOT_YET = (None, "action_required")
_HANDING_OVER = ("success", "failure", "timed_out", "startup_failure")
_FIX_FAILED = "repair what the message names and push; re-run the job if it was chance."
_FIX_NOTHING = (
    "open the run, look at the step, repair it and push; re-run the job if it was chance."
)
_FIX_NOT_MEASURED = "re-run the job; if it is skipped again, its condition has to be repaired."
# What a template runs into where a value is of the right type, but no other value fits it
_CONTRADICTIONS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError, TemplateError)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a run left behind, in the form of a handover."""

    handover: Handover
    fix: str
    refused: UserError | None
    """Why its own handover was not used."""


def post_comments(
    run: Run, github: GitHub, poster: Poster, scratch: Path, say: Callable[[str], None]
) -> int:
    """Bring the comments of the run's pull requests up to date, and ``say`` what was done.

    Exit code 0, also when there is nothing to do; 2 when what the run handed over was refused,
    after the comments have said so. Raises UserError when GitHub or CML would not.
    """
    if run.event != "pull_request":
        say(f"nothing to comment on: the run is of a {run.event}")
        return EXIT_PASS
    if run.workflow != MEASURING_WORKFLOW:  # a pull request may bring one of the same name
        say(f"nothing to comment on: the run is of {printable(run.path)}, not {MEASURING_WORKFLOW}")
        return EXIT_PASS
    if run.conclusion in _NOT_YET:
        say(f"nothing to comment on: the run is {run.conclusion or 'still running'}")
        return EXIT_PASS
    belonging = pull_requests_of(github, run)
    if not belonging.pull_requests:
        say(f"skipped: {belonging.reason}")
        return EXIT_PASS
    if _is_superseded(run, github):
        say("skipped: a newer run of this commit speaks for it")
        return EXIT_PASS
    found = _found(run, github, scratch)
    problems = []
    for pull in belonging.pull_requests:
        try:
            _post_to(pull, run, found, poster, say)
        except UserError as error:
            problems.append(error)
    if problems:
        raise problems[0] if len(problems) == 1 else CombinedUserError(problems)
    if found.refused is not None:
        say(f"error: {found.refused}")
        return EXIT_USER
    return EXIT_PASS


def _is_superseded(run: Run, github: GitHub) -> bool:
    """Whether a newer run of the same workflow, branch and commit has ended.

    One that has not ended yet is enough where this one measured nothing: opening a pull request
    again cancels the run before.
    """
    query = {"head_sha": run.head_sha, "event": run.event}
    return any(
        (other.id, other.run_attempt) > (run.id, run.run_attempt)
        and (other.workflow, other.head_branch) == (run.workflow, run.head_branch)
        and other.head_repository == run.head_repository
        and (other.conclusion not in _NOT_YET or run.conclusion not in _HANDING_OVER)
        for other in github.all(Run, "{repo}/actions/runs", query, key="workflow_runs")
    )


def _found(run: Run, github: GitHub, scratch: Path) -> Found:
    """The run's handover; one made here when it has none, or none that can be used."""
    if run.conclusion not in _HANDING_OVER:  # what stands there is about an earlier commit
        return _not_measured(run)
    try:
        artifact = find_artifact(github, run, ARTIFACT)
        if artifact is None:
            return _nothing_handed_over(run, github)
        content = fetch_file(github, artifact, name=FILE, max_bytes=MAX_BYTES, scratch=scratch)
        handover = read_handover(content)
        _check_commit(handover, run)
        _check_consistency(handover)
    except GitHubError as error:
        if error.status is not None:  # GitHub's trouble is no finding about the pull request
            raise
        return _refused(run, error)
    except UserError as error:
        return _refused(run, error)
    return Found(handover=handover, fix=_FIX_FAILED, refused=None)


def _check_commit(handover: Handover, run: Run) -> None:
    report = handover.report
    named = {handover.commit} | (set() if report is None else {report.commit})
    if named != {run.head_sha}:
        raise UserError(
            what="the report is about another commit than the run",
            where=FILE,
            fix="run the measuring workflow again, on a checkout of the head commit",
        )


def _check_consistency(handover: Handover) -> None:
    """A report whose parts fit each other can be shown; every one that we make does."""
    try:
        if handover.report is not None:
            for template in TEMPLATES.values():
                render(template, handover.report)
    except _CONTRADICTIONS as error:
        raise UserError(
            what=f"the parts of the report contradict each other: {type(error).__name__}",
            where=FILE,
            fix="run the measuring workflow again; if it stays, report it to the template",
        ) from error


def _nothing_handed_over(run: Run, github: GitHub) -> Found:
    stage = failed_step(github, run)
    handover = failure_handover(
        run.head_sha,
        stage=stage,
        message="The run ended before it could hand anything over.",
        last_lines=(),
    )
    return Found(handover=handover, fix=_FIX_NOTHING, refused=None)


def _not_measured(run: Run) -> Found:
    """Whoever cancels a run, or gives its job an `if: false`, does not keep an earlier verdict."""
    ended = printable(run.conclusion or "")
    handover = failure_handover(
        run.head_sha, stage="", message=f"Nothing was measured: the run was {ended}.", last_lines=()
    )
    return Found(handover=handover, fix=_FIX_NOT_MEASURED, refused=None)


def _refused(run: Run, error: UserError) -> Found:
    handover = failure_handover(
        run.head_sha, stage="the handover", message=error.what, last_lines=()
    )
    return Found(handover=handover, fix=f"{error.fix}.", refused=error)


def _post_to(
    pull: PullRequest, run: Run, found: Found, poster: Poster, say: Callable[[str], None]
) -> None:
    for sticky in _comments(pull, run, found, poster):
        say(f"pull request {pull.number}: {poster.post(pull.number, run.head_sha, sticky)}")


def _comments(pull: PullRequest, run: Run, found: Found, poster: Poster) -> tuple[Sticky, ...]:
    handover, github = found.handover, poster.github
    around = Surroundings(
        commit=run.head_sha,
        url=run.html_url,
        fork=run.head_repository is not None and run.head_repository.full_name != github.repository,
        code=changed_measuring_code(github, pull.number),
        base=None if handover.report is None else own_base(github, pull),
    )
    if handover.report is not None:
        return report_comments(
            handover.report, around, note=handover.note, left_out=handover.left_out
        )
    failure: RunFailure | None = handover.failure
    if failure is not None:
        return failure_comments(failure, around, fix=found.fix, note=handover.note)
    code = around.code
    contradicted = bool(code.beyond_documentation) or not code.complete
    # A comment about an earlier commit must not stand as if it were about this one; a pull request
    # without any stays without, unless the run's word is not GitHub's
    return tuple(
        sticky
        for sticky in skip_comments(handover.note, around, contradicted=contradicted)
        if contradicted or poster.has(pull.number, sticky.title)
    )
