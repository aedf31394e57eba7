"""How a server that is not ours is started and asked: port, paths, requests, answers.

Examples for known servers stand in docs/own-server.md.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, Field, model_validator

from ml_ci.params.reading import Settings

IMAGE = "<image>"
"""In a JSON template: the encoded image in base64; may stand inside a longer string."""
TENSOR = "<tensor>"
"""In a JSON template: the reference's `tensor` rung as numbers."""
SHAPE = "<shape>"
"""In a JSON template: the shape of the tensor, with its batch of one."""


def _is_path(value: str) -> str:
    if not value.startswith("/") or any(character.isspace() for character in value):
        raise ValueError("a path that begins with `/`")
    return value


def _is_expression(value: str) -> str:
    try:
        jmespath.compile(value)
    except JMESPathError as error:
        raise ValueError(f"a JMESPath expression ({' '.join(str(error).split())})") from None
    return value


UrlPath = Annotated[str, AfterValidator(_is_path)]
Expression = Annotated[str, AfterValidator(_is_expression)]
"""JMESPath (https://jmespath.org): where something lies in a JSON answer."""
Alphabet = Literal["standard", "urlsafe"]
"""Of base64: RFC 4648 section 4, or 5 with `-` and `_`."""


class JsonRequest(Settings):
    """A JSON document that holds the image in base64 wherever ``<image>`` stands in it."""

    kind: Literal["json"]
    body: Any
    alphabet: Alphabet

    @model_validator(mode="after")
    def _holds_image(self) -> JsonRequest:
        _require(self.body, IMAGE)
        return self


class Base64Request(Settings):
    """The image in base64 and nothing else."""

    kind: Literal["base64"]
    alphabet: Alphabet
    content_type: str


class RawRequest(Settings):
    """The encoded image itself as the body."""

    kind: Literal["raw"]
    content_type: str


class MultipartRequest(Settings):
    """A form with the image as a file, as browsers send it."""

    kind: Literal["multipart"]
    field: Annotated[str, Field(min_length=1)]
    """Name of the file's field."""
    fields: dict[str, str]
    """Other fields of the form."""


class TensorRequest(Settings):
    """A JSON document with the reference's `tensor` rung: decoding and preprocessing are ours."""

    kind: Literal["tensor"]
    body: Any
    """``<tensor>`` is replaced by the numbers, ``<shape>`` by their shape."""
    layout: Literal["nchw", "nhwc"]
    numbers: Literal["flat", "nested"]
    """One flat list in C order, or lists in lists."""

    @model_validator(mode="after")
    def _holds_tensor(self) -> TensorRequest:
        _require(self.body, TENSOR)
        return self


class AnswerSettings(Settings):
    """Where things lie in the JSON answer; null for what the server does not tell."""

    label: Expression | None
    label_as: Literal["name", "index"]
    """An index counts the model's classes from 0."""
    probabilities: Expression | None
    """Gives a list in the model's class order, an object class → number, or a list of
    [class, number] pairs."""
    logits: Expression | None
    """Like `probabilities`, before the softmax."""

    @model_validator(mode="after")
    def _tells_something(self) -> AnswerSettings:
        if self.label is None and self.probabilities is None and self.logits is None:
            raise ValueError("at least one of `label`, `probabilities` and `logits`")
        return self


class PredictSettings(Settings):
    """One request, one answer."""

    path: UrlPath
    request: Annotated[
        JsonRequest | Base64Request | RawRequest | MultipartRequest | TensorRequest,
        Field(discriminator="kind"),
    ]
    answer: AnswerSettings


class OwnServer(Settings):
    """What every server of the user's own has."""

    port: Annotated[int, Field(ge=1, le=65535)]
    """Where it listens inside the container, on every interface."""
    ready: UrlPath
    """Answers 200 to a GET once predictions can be asked for."""
    environment: dict[str, str]
    """Environment variables of the container."""
    confined: bool
    """Read-only root filesystem (``/tmp`` stays writable) and no capabilities, as ours runs."""
    predict: PredictSettings
    trace: UrlPath | None
    """A route that answers with the rungs it climbed (docs/own-server.md), or null."""


def _require(body: Any, placeholder: str) -> None:
    """Raise ValueError unless ``placeholder`` stands in some string of the JSON template."""
    if not _holds(body, placeholder):
        raise ValueError(f"a JSON template with {placeholder!r} in it")


def _holds(node: Any, placeholder: str) -> bool:
    match node:
        case str():
            return placeholder in node
        case dict():
            return any(_holds(value, placeholder) for value in node.values())
        case list():
            return any(_holds(value, placeholder) for value in node)
    return False
