"""How a server is asked for a prediction: the request as a template, and where the answer lies.

Examples for known servers stand in docs/own-server.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import jmespath
from jmespath.exceptions import JMESPathError, JMESPathTypeError
from pydantic import AfterValidator, Field, field_validator, model_validator

from ml_ci.params.reading import Settings

IMAGE = "<image>"
"""In a JSON template: the encoded image in base64; may stand inside a longer string."""
TENSOR = "<tensor>"
"""In a JSON template: the reference's `tensor` rung as numbers."""
SHAPE = "<shape>"
"""In a JSON template: the shape of the tensor, with its batch of one."""

# Printable ASCII without a blank and without `#`; `//` would name a host
_PATH = re.compile(r"/(?!/)[!\"$-~]*")
# What can stand in a JMESPath string as it is
_TENSOR_NAME = re.compile(r"[^'`\\\x00-\x1f]{1,200}")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+( *; *[\w.+-]+=[\w.+-]+)*", re.ASCII)


def _is_path(value: str) -> str:
    if _PATH.fullmatch(value) is None:
        raise ValueError("a path that begins with one `/`; blanks and non-ASCII letters as %xx")
    return value


def _is_tensor_name(value: str) -> str:
    if _TENSOR_NAME.fullmatch(value) is None:
        raise ValueError("the name of a tensor, without quotes, backticks and backslashes")
    return value


def _is_media_type(value: str) -> str:
    if _MEDIA_TYPE.fullmatch(value) is None:
        raise ValueError("a media type like image/png or application/octet-stream")
    return value


def _is_expression(value: str) -> str:
    try:
        jmespath.compile(value).search(None)
    except JMESPathTypeError:
        return value  # the function exists; it only minds that there is no answer yet
    except JMESPathError as error:
        raise ValueError(f"a JMESPath expression ({' '.join(str(error).split())})") from None
    return value


UrlPath = Annotated[str, AfterValidator(_is_path)]
"""May hold a query."""
MediaType = Annotated[str, AfterValidator(_is_media_type)]
Expression = Annotated[str, AfterValidator(_is_expression)]
"""JMESPath (https://jmespath.org): where something lies in a JSON answer."""
Layout = Literal["nchw", "nhwc"]
"""Of a tensor that is sent."""
TensorName = Annotated[str, AfterValidator(_is_tensor_name)]
UnitShape = Annotated[list[Literal[1]], Field(min_length=1, max_length=4)]
"""Of one image: [1], or [1, 1] where the model has a batch axis of its own."""
Alphabet = Literal["standard", "urlsafe"]
"""Of base64: RFC 4648 section 4, or 5 with `-` and `_`. Both are sent with their padding."""


class JsonRequest(Settings):
    """A JSON document that holds the image in base64 wherever ``<image>`` stands in it."""

    kind: Literal["json"]
    body: Any
    alphabet: Alphabet

    @field_validator("body")
    @classmethod
    def _holds_image(cls, body: Any) -> Any:
        if not any(IMAGE in text for text in _texts(body)):
            raise ValueError(f"a JSON template with '{IMAGE}' in one of its values")
        return body


class Base64Request(Settings):
    """The image in base64 and nothing else."""

    kind: Literal["base64"]
    alphabet: Alphabet
    content_type: MediaType


class RawRequest(Settings):
    """The encoded image itself as the body."""

    kind: Literal["raw"]
    content_type: MediaType | None
    """Null: that of the image, like image/jpeg, told from its first bytes."""


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
    layout: Layout
    numbers: Literal["flat", "nested"]
    """One flat list in C order, or lists in lists."""

    @field_validator("body")
    @classmethod
    def _holds_tensor(cls, body: Any) -> Any:
        texts = list(_texts(body))
        if TENSOR not in texts:
            raise ValueError(f"a JSON template with '{TENSOR}' as one of its values")
        if any(mark in text != mark for text in texts for mark in (TENSOR, SHAPE)):
            raise ValueError(f"'{TENSOR}' and '{SHAPE}' as values of their own: both become lists")
        return body


class BinaryRequest(Settings):
    """The encoded image behind a JSON header, as an input of type BYTES: Open Inference's binary
    tensor data extension."""

    kind: Literal["binary"]
    input: TensorName
    shape: UnitShape


RequestSettings = (
    JsonRequest | Base64Request | RawRequest | MultipartRequest | TensorRequest | BinaryRequest
)


class AnswerSettings(Settings):
    """Where things lie in the JSON answer; null for what the server does not tell."""

    label: Expression | None
    """Null: the class with the largest probability, or logit, counts as the answer."""
    label_as: Literal["name", "index"]
    """How classes are told, in `label` as in objects and pairs; an index counts the model's
    classes from 0."""
    probabilities: Expression | None
    """Gives a list in the model's class order, an object class → number, or a list of
    [class, number] pairs; of all classes."""
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
    request: Annotated[RequestSettings, Field(discriminator="kind")]
    answer: AnswerSettings


def _texts(node: Any) -> Iterator[str]:
    """Every string among the values of a JSON template; keys are never replaced."""
    match node:
        case str():
            yield node
        case dict():
            for value in node.values():
                yield from _texts(value)
        case list():
            for value in node:
                yield from _texts(value)
