"""Questions about the tiny exported model, whose own answers are the reference's; our server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ml_ci.artifacts.evaluation import Prediction
from ml_ci.inquiry.choice import Chosen
from ml_ci.inquiry.kept_answers import SyntheticAnswers
from ml_ci.inquiry.tensors import synthetic_tensors
from ml_ci.inquiry.way import Rungs
from ml_ci.serving.app import Server, make_app, make_workers
from ml_ci.serving.climb import Climber
from ml_ci.serving.session import load_session
from ml_ci.serving.settings import ServerSettings
from ml_ci.serving.tracing import Tracer
from ml_ci.targets.labelled import LabelledPicture, LabelledSet
from ml_ci.targets.questions import Questions
from ml_ci.targets.requests import Picture
from ml_ci.targets.session_ways import ModelFiles
from tests.builders.images import RULE, picture, png
from tests.builders.onnx_model import CLASS_NAMES, SIDE
from tests.builders.target_settings import replay_settings
from tests.builders.traces import noise_floor

CONTENTS = {f"{seed:02}.png": png(picture(seed, height=5 + seed % 4)) for seed in range(12)}
GOLDEN = tuple(CONTENTS)[:4]


def questions(files: ModelFiles, **settings: Any) -> Questions:
    """Four golden images, three tensors and twelve test images, labelled as the model has them."""
    pictures, network, tensor_of = files.way(), files.network_way(), files.tensor_of()

    def picture_of(name: str) -> Picture:
        tensor = tensor_of(name, CONTENTS[name])
        return Picture(name=name, content=CONTENTS[name], tensor=lambda: tensor)

    def label(rungs: Rungs) -> str:
        return rungs["label"].rung.text or ""

    answers = {name: asyncio.run(pictures.ask([picture_of(name)]))[0] for name in CONTENTS}
    labels = {name: label(rungs) for name, rungs in answers.items()}
    tensors = synthetic_tensors((3, SIDE, SIDE), uniform=1)
    return Questions(
        settings=replay_settings(**settings),
        class_names=CLASS_NAMES,
        chosen=[
            Chosen(name=name, picture=picture_of(name), label=labels[name], margin=0.5)
            for name in GOLDEN
        ],
        synthetic=SyntheticAnswers(
            tensors=tensors,
            answers={
                name: asyncio.run(network.ask([tensor]))[0] for name, tensor in tensors.items()
            },
        ),
        noise=noise_floor(),
        test=LabelledSet(
            images=[
                LabelledPicture(name=name, label=labels[name], read=partial(bytes, CONTENTS[name]))
                for name in CONTENTS
            ],
            script={
                name: Prediction(image=name, label=one, predicted=one, confidence=0.9)
                for name, one in labels.items()
            },
            rounded_by=0.005,
        ),
    )


def our_server(files: ModelFiles) -> Starlette:
    """Our application about that model, with its trace routes."""
    models = files.folder.parents[1]
    session = load_session(models, name="shapes", version=1, threads=1, network=True)
    settings = ServerSettings(
        model="shapes", version=1, rule=RULE, body_bytes=10**6, instances=64, threads=1
    )
    climber = Climber(session=session, rule=RULE)
    server = Server(settings=settings, climber=climber, workers=make_workers())
    return make_app(server, Tracer(climber=climber, environment={}))


@dataclass(kw_only=True)
class Watched:
    """An application that remembers the paths it was asked for and may fail."""

    app: ASGIApp
    fails: Callable[[int], bool] = lambda _count: False
    """By the number of requests so far: whether it answers 500."""
    seconds: float = 0.0
    """How long each request takes besides."""
    asked: list[str] = field(default_factory=list)
    most: int = 0
    """Requests under way at once, so far."""
    _under_way: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As any ASGI application."""
        self.asked.append(scope["path"])
        if self.fails(len(self.asked)):
            await PlainTextResponse("broken", status_code=500)(scope, receive, send)
            return
        self._under_way += 1
        self.most = max(self.most, self._under_way)
        try:
            await asyncio.sleep(self.seconds)
            await self.app(scope, receive, send)
        finally:
            self._under_way -= 1
