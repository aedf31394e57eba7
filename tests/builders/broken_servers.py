"""Servers of somebody else's that break one rule each: a small torch network under Starlette.

They take our protocol (``/rows``: a list of instances), one image per request (``/one``), and
tensors as Open Inference has them (``/tensors``).
"""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from torch import nn

from ml_ci.inquiry.choice import Chosen
from ml_ci.params.predict import PredictSettings
from ml_ci.targets.requests import Picture
from ml_ci.targets.routes import PredictRoute
from tests.builders.images import png
from tests.builders.own_servers import answer_settings, own_server

SIDE = 8
_CANDIDATES = 150
_SURE = 0.5
CLASS_NAMES = ("north", "east", "south", "west")

Floats = NDArray[np.float32]
Serve = Callable[[Sequence[Floats]], Floats]
"""Tensors of one request, C×S×S each → logits N×K."""


def network() -> nn.Sequential:
    """Eval mode; seeded, with running statistics of a batch."""
    with torch.random.fork_rng():
        torch.manual_seed(4)
        built = nn.Sequential(
            nn.Conv2d(3, 6, kernel_size=3),
            nn.BatchNorm2d(6),
            nn.ReLU(),
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(6 * (SIDE - 2) ** 2, len(CLASS_NAMES)),
        )
        for _ in range(20):
            built(torch.rand(64, 3, SIDE, SIDE))
    return built.eval()


def tensor_of(content: bytes) -> Floats:
    """float32 3×S×S, 0–1."""
    image = Image.open(io.BytesIO(content)).convert("RGB").resize((SIDE, SIDE))
    tensor: Floats = (np.asarray(image, np.float32) / 255).transpose(2, 0, 1).astype(np.float32)
    return tensor


@torch.inference_mode()
def logits_of(net: nn.Module, tensors: Sequence[Floats]) -> Floats:
    """N×K, far enough apart for a clear answer."""
    answer: Floats = 16 * net(torch.from_numpy(np.stack(tensors))).numpy()
    return answer


def probabilities_of(logits: Floats) -> Floats:
    """N×K."""
    shares = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    result: Floats = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


@dataclass(kw_only=True)
class BrokenServer:
    """What is wrong with it; without anything it is right."""

    net: nn.Sequential = field(default_factory=network)
    noise: float = 0.0
    """Added to every probability, at random, up to this."""
    micro_batch: bool = False
    """Requests under way at once become one batch, whose answers go out the wrong way round."""
    cached_by: Callable[[bytes], Any] | None = None
    """The key of a cache of answers."""
    shifted: bool = False
    """A batch is answered one place further on."""
    late: bool = False
    """Every answer is that to the request before."""
    tells: tuple[str, ...] = ("label", "probabilities")
    refuses: Callable[[int], bool] = lambda _count: False
    """Whether a request about so many images is refused."""
    # No arguments: `dataclasses.replace` gives a server that remembers nothing
    _cache: dict[Any, Floats] = field(default_factory=dict, init=False)
    _waiting: list[tuple[Floats, asyncio.Future[Floats]]] = field(default_factory=list, init=False)
    _last: Floats | None = field(default=None, init=False)
    _random: np.random.Generator = field(
        default_factory=lambda: np.random.default_rng(1), init=False
    )

    def app(self) -> Starlette:
        """Its routes."""
        return Starlette(
            routes=[
                Route("/rows", self._rows, methods=["POST"]),
                Route("/one", self._one, methods=["POST"]),
                Route("/tensors", self._tensors, methods=["POST"]),
            ]
        )

    async def _rows(self, request: Request) -> Response:
        instances = (await request.json())["instances"]
        if self.refuses(len(instances)):
            return PlainTextResponse("too many", status_code=413)
        contents = [base64.b64decode(instance["b64"]) for instance in instances]
        logits = await self._answer(contents)
        return JSONResponse({"predictions": [self._told(row) for row in logits]})

    async def _one(self, request: Request) -> Response:
        content = base64.b64decode((await request.json())["image"])
        (row,) = await self._answer([content])
        return JSONResponse(self._told(row))

    async def _tensors(self, request: Request) -> Response:
        (given,) = (await request.json())["inputs"]
        tensors = np.array(given["data"], np.float32).reshape(given["shape"])
        logits = logits_of(self.net, list(tensors))
        data = [float(number) for number in logits.reshape(-1)]
        output = {"name": "logits", "datatype": "FP32", "shape": list(logits.shape), "data": data}
        return JSONResponse({"model_name": "broken", "outputs": [output]})

    async def _answer(self, contents: Sequence[bytes]) -> Floats:
        logits = await self._logits(contents)
        if self.shifted:
            logits = np.roll(logits, 1, axis=0)
        if self.late:
            self._last, logits = logits, logits if self._last is None else self._last
        return logits

    async def _logits(self, contents: Sequence[bytes]) -> Floats:
        tensors = [tensor_of(content) for content in contents]
        if self.micro_batch:
            return np.stack([await self._wait(tensor) for tensor in tensors])
        if self.cached_by is None:
            return logits_of(self.net, tensors)
        for content, tensor in zip(contents, tensors, strict=True):
            key = self.cached_by(content)
            if key not in self._cache:
                self._cache[key] = logits_of(self.net, [tensor])[0]
        return np.stack([self._cache[self.cached_by(content)] for content in contents])

    async def _wait(self, tensor: Floats) -> Floats:
        future: asyncio.Future[Floats] = asyncio.get_running_loop().create_future()
        self._waiting.append((tensor, future))
        if len(self._waiting) == 1:
            await asyncio.sleep(0.01)
            waiting, self._waiting = self._waiting, []
            logits = logits_of(self.net, [one for one, _ in waiting])
            for row, (_, one) in zip(logits[::-1], waiting, strict=True):
                one.set_result(row)
        return await future

    def _told(self, logits: Floats) -> dict[str, Any]:
        probabilities = probabilities_of(logits[np.newaxis])[0]
        noise = self._random.uniform(-self.noise, self.noise, probabilities.shape)
        answer = {
            "label": CLASS_NAMES[int(probabilities.argmax())],
            "probabilities": [float(number) for number in probabilities + noise],
            "logits": [float(number) for number in logits],
        }
        return {name: answer[name] for name in self.tells}


def with_modes(**training: bool) -> nn.Sequential:
    """The network with layers of these kinds (`dropout`, `batch_norm`) in training mode."""
    kinds = {"dropout": nn.Dropout, "batch_norm": nn.BatchNorm2d}
    built = network()
    for layer in built:
        for name, kind in kinds.items():
            if isinstance(layer, kind) and training.get(name, False):
                layer.train()
    return built


def rows_route(*tells: str) -> PredictRoute:
    """Several images in one request; ``tells`` is where probabilities or logits lie."""
    return PredictRoute(
        settings=_settings(
            "/rows",
            {"kind": "json", "body": {"instances": [{"b64": "<image>"}]}, "alphabet": "standard"},
            {name: f"predictions[0].{name}" for name in tells or ("label", "probabilities")},
        ),
        classes=CLASS_NAMES,
        one_of="predictions",
    )


def one_route(*tells: str) -> PredictRoute:
    """One image per request."""
    request = {"kind": "json", "body": {"image": "<image>"}, "alphabet": "standard"}
    told = {name: name for name in tells or ("label", "probabilities")}
    return PredictRoute(settings=_settings("/one", request, told), classes=CLASS_NAMES)


def tensors_route() -> PredictRoute:
    """Open Inference, logits told."""
    body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": "<shape>", "data": "<tensor>"}]}
    request = {"kind": "tensor", "body": body, "layout": "nchw", "numbers": "flat"}
    told = {"logits": "outputs[0].data"}
    return PredictRoute(settings=_settings("/tensors", request, told), classes=CLASS_NAMES)


def chosen_pictures(count: int = 6) -> tuple[Chosen[Picture], ...]:
    """Pictures that a right server answers surely, no class twice in a row; some of one size."""
    contents = [png(blocks(seed)) for seed in range(_CANDIDATES)]
    rows = probabilities_of(logits_of(network(), [tensor_of(content) for content in contents]))
    found: list[Chosen[Picture]] = []
    for seed, row in enumerate(rows):
        label, margin = CLASS_NAMES[int(row.argmax())], float(np.diff(np.sort(row)[-2:])[0])
        if margin > _SURE and label not in {one.label for one in found[-2:]}:
            name = f"{seed:03}.png"
            named = _picture(name, contents[seed])
            found.append(Chosen(name=name, picture=named, label=label, margin=margin))
    assert len(found) >= count
    return tuple(found[:count])


def blocks(seed: int) -> NDArray[np.uint8]:
    """uint8 H×W×3 in one of two sizes: nine blocks of a colour each, which shrinking leaves."""
    colours = np.random.default_rng(seed).integers(0, 256, (3, 3, 3), dtype=np.uint8)
    return np.kron(colours, np.ones((8, 8 + 2 * (seed % 2), 1), np.uint8))


def _picture(name: str, content: bytes) -> Picture:
    return Picture(name=name, content=content, tensor=lambda: tensor_of(content))


def _settings(path: str, request: Mapping[str, Any], told: Mapping[str, str]) -> PredictSettings:
    answer = answer_settings(**told).model_dump()
    predict = own_server(request=request, answer=answer).asked
    return predict.model_copy(update={"path": path})
