"""The step at which a run ended, for runs that left nothing else to say it."""

from __future__ import annotations

from ml_ci.github.api import GitHub, Resource
from ml_ci.github.event import Run

_FAILED = ("failure", "timed_out")


class Step(Resource):
    """One step of a job."""

    name: str
    conclusion: str | None


class Job(Resource):
    """One job of the run's last attempt."""

    name: str
    conclusion: str | None
    steps: tuple[Step, ...] = ()


def failed_step(github: GitHub, run: Run) -> str:
    """`job, step` of the first that failed; the job alone where no step did; empty for none."""
    path = f"{{repo}}/actions/runs/{run.id}/jobs"
    for job in github.all(Job, path, {"filter": "latest"}, key="jobs"):
        if job.conclusion not in _FAILED:
            continue
        for step in job.steps:
            if step.conclusion in _FAILED:
                return f"{job.name}, {step.name}"
        return job.name
    return ""
