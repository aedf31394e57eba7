"""The rehearsal runs steps as a runner does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builders.rehearsal.running import Event, JobRun, Place, rehearse

WORKFLOW = """\
on: push
jobs:
  job:
    env: {FROM_JOB: "${{ github.sha }}"}
    steps:
      - id: told
        run: echo "word=$FROM_JOB" >> "$GITHUB_OUTPUT"
      - name: reads
        env: {WORD: "${{ steps.told.outputs.word }}"}
        run: echo "it is $WORD"
      - id: allowed
        continue-on-error: true
        run: exit 3
      - name: after what was allowed
        run: test -z "$HOME_OF_THIS_MACHINE"
      - name: fails in a pipe
        run: |
          false | cat
          echo not reached
      - name: after a failure
        run: echo no
      - name: whatever happened
        if: ${{ !cancelled() && steps.allowed.outcome == 'failure' }}
        run: pwd
  other:
    if: github.event.wanted
    steps: [{run: echo no}]
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobRun:
    monkeypatch.setenv("HOME_OF_THIS_MACHINE", "leaks")
    return started(tmp_path, "job")


def started(folder: Path, job: str, text: str = WORKFLOW) -> JobRun:
    path = folder / "workflow.yml"
    path.write_text(text, encoding="utf-8")
    place = Place(
        workspace=folder / "workspace",
        scratch=folder / "scratch",
        upstream=folder,
        repository="team/it",
        run_id=1,
    )
    return rehearse(path, job, place, Event(name="push", document={}, sha="abc"), {})


def test_rehearse__an_output_reaches_a_later_step(run: JobRun) -> None:
    assert "it is abc\n" == run.output("reads")


def test_rehearse__nothing_of_this_machine_reaches_a_step(run: JobRun) -> None:
    assert "success" == run.outcome("after what was allowed")


def test_rehearse__a_pipe_fails_with_any_of_its_parts(run: JobRun) -> None:
    assert ("failure", False) == (
        run.outcome("fails in a pipe"),
        "not reached" in run.output("fails in a pipe"),
    )


def test_rehearse__after_a_failure_only_who_asked_for_it(run: JobRun) -> None:
    outcomes = [run.outcome("after a failure"), run.outcome("whatever happened")]
    assert ["skipped", "success"] == outcomes


def test_rehearse__an_allowed_failure_is_one_by_outcome_only(run: JobRun) -> None:
    allowed = run.contexts["allowed"]
    assert ("failure", "success") == (allowed["outcome"], allowed["conclusion"])


def test_rehearse__the_job_fails(run: JobRun) -> None:
    assert "failure" == run.conclusion


def test_rehearse__a_job_whose_condition_does_not_hold(tmp_path: Path) -> None:
    assert [] == started(tmp_path, "other").steps


def test_rehearse__refuses_an_expression_in_a_script(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="code for whoever controls it"):
        started(tmp_path, "job", WORKFLOW.replace("exit 3", "exit ${{ github.sha }}"))
