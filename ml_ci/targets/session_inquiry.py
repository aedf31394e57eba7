"""Asking the exported model in this process more than the golden set, and in a fresh one again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from ml_ci.artifacts.inquiry import Inquiry, nothing_asked
from ml_ci.artifacts.model_facts import no_facts
from ml_ci.artifacts.paths import MODEL_FILE
from ml_ci.inquiry.choice import Chosen
from ml_ci.inquiry.fresh_process import fresh_answers
from ml_ci.inquiry.way import Answer, NoAnswerError, Way
from ml_ci.targets.model_facts import facts_of_session
from ml_ci.targets.questions import FRESH, Questions, Side
from ml_ci.targets.requests import Picture
from ml_ci.targets.session_ways import ModelFiles, no_tensor

Fresh = Callable[
    [Callable[[], Way[Picture]], Sequence[Chosen[Picture]], tuple[str, ...]], dict[str, Answer]
]


def ask_model(
    name: str, files: ModelFiles, questions: Questions, *, fresh: Fresh = fresh_answers
) -> Inquiry:
    """Everything; what is not answered is told in the record."""
    try:
        way, network = files.way(), files.network_way()
    except NoAnswerError as failure:
        return nothing_asked(no_facts(str(failure)), str(failure))
    side = Side(
        name=name,
        facts=facts_of_session(way.model, files.folder / MODEL_FILE),
        pictures=way,
        tensors=network,
        tensor_of=lambda _name, _content: None,
    )
    asked = asyncio.run(questions.ask(side))
    chosen = [one.taken_as(replace(one.picture, tensor=no_tensor)) for one in questions.chosen]
    again = fresh(files.way, chosen, questions.class_names)
    invariant = questions.examination(way).hold_together(FRESH, asked.usual, again)
    return asked.including(invariant)
