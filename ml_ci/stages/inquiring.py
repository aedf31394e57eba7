"""Inquiring: a target that has gone through the golden set is asked everything else.

Nothing that goes wrong here loses the trace, which is written by then.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ml_ci.artifacts.inquiry import Inquiry, Invariant, nothing_asked
from ml_ci.artifacts.model_facts import facts_of_environment, no_facts
from ml_ci.errors import UserError
from ml_ci.targets.questions import FRESH, Asked, Questions
from ml_ci.targets.replay import ReplayJob, ReplayResult
from ml_ci.targets.running_server import RunningServer, StartError
from ml_ci.targets.server_inquiry import ServerInquiry
from ml_ci.targets.session_inquiry import ask_model
from ml_ci.targets.session_ways import ModelFiles
from ml_ci.trace.reading import Trace

ELSEWHERE = "it runs elsewhere, nobody here can start it anew"
DUMP = "what a device wrote earlier cannot be asked"

Start = Callable[[], AbstractContextManager[RunningServer]]
"""Starts a server of its own anew. Raises StartError, UserError."""


@dataclass(frozen=True, kw_only=True)
class Inquired:
    """What came of one target."""

    inquiry: Inquiry
    asked: Asked | None = None
    """None when there is nothing to ask a fresh process about."""
    problems: tuple[str, ...] = ()
    log_tail: tuple[str, ...] = ()
    """Of a server that ended meanwhile."""


@dataclass(frozen=True, kw_only=True)
class Inquirer:
    """Who asks."""

    questions: Questions
    files: ModelFiles
    """The exported model."""

    def server(
        self, server: RunningServer, job: ReplayJob, result: ReplayResult, *, ours: bool
    ) -> Inquired:
        """Of a running server; one that was given up on the golden set is asked no more."""
        inquiry = self._of(job, ours=ours)
        if result.gave_up is not None:
            return Inquired(inquiry=inquiry.ask_facts(server.url, result.gave_up))
        asked = inquiry.ask(server.url)
        ending = server.ending()
        if ending is None:
            return Inquired(inquiry=asked.inquiry, asked=asked)
        return Inquired(
            inquiry=asked.inquiry,
            asked=asked,
            problems=(f"the server {ending} while it was asked more than the golden set",),
            log_tail=server.log_tail(),
        )

    def fresh(self, inquired: Inquired, job: ReplayJob, start: Start) -> Inquiry:
        """With what the server answers once ``start`` has started it anew."""
        asked = inquired.asked
        if asked is None:
            return inquired.inquiry
        try:
            with start() as server:
                return asked.including(self._of(job, ours=False).ask_again(server.url, asked))
        except StartError as error:
            reason = str(error)
        except UserError as error:  # an engine that is gone: what was measured is kept
            reason = error.what
        return asked.including(_not_fresh(f"the server did not start again: {reason}"))

    def model(self, name: str, result: ReplayResult) -> Inquiry:
        """Of the exported model, in this process and in a fresh one."""
        if result.gave_up is not None:
            return nothing_asked(no_facts(result.gave_up), result.gave_up)
        return ask_model(name, self.files, self.questions)

    def _of(self, job: ReplayJob, *, ours: bool) -> ServerInquiry:
        return ServerInquiry(
            name=job.target,
            routes=job.routes,
            questions=self.questions,
            tensor_of=self.files.tensor_of(),
            trace_takes_tensors=ours,
            credentials=job.credentials,
        )


def elsewhere(inquired: Inquired) -> Inquiry:
    """Of a server that runs already."""
    if inquired.asked is None:
        return inquired.inquiry
    return inquired.asked.including(_not_fresh(ELSEWHERE))


def of_dump(trace: Trace) -> Inquiry:
    """What a dump says of its model, if it does."""
    return nothing_asked(facts_of_environment(trace.environment), DUMP)


def _not_fresh(reason: str) -> Invariant:
    return Invariant(name=FRESH, held=(), not_asked=reason)
