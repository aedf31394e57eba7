"""A request about one image, made from the template in params.yaml."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np

from ml_ci.params.predict import (
    IMAGE,
    SHAPE,
    TENSOR,
    Alphabet,
    Base64Request,
    BinaryRequest,
    JsonRequest,
    MultipartRequest,
    RawRequest,
    RequestSettings,
    TensorRequest,
)
from ml_ci.rung import Array
from ml_ci.targets.client import Call, TargetError

UNKNOWN_TYPE = "application/octet-stream"
# Signatures of https://mimesniff.spec.whatwg.org/#image-type-pattern-matching-algorithm, and TIFF
_MEDIA_TYPES = {
    re.compile(rb"\x89PNG\r\n\x1a\n"): "image/png",
    re.compile(rb"\xff\xd8\xff"): "image/jpeg",
    re.compile(rb"RIFF....WEBPVP", re.DOTALL): "image/webp",
    re.compile(rb"GIF8[79]a"): "image/gif",
    re.compile(rb"BM"): "image/bmp",
    re.compile(rb"II\*\x00|MM\x00\*"): "image/tiff",
}


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One image, in every form that a request may need."""

    name: str
    content: bytes
    """Encoded, as the file has it."""
    tensor: Callable[[], Array | None]
    """The reference's `tensor` rung (float32 C×S×S); None where the reference has none."""


def call_about(picture: Picture, path: str, request: RequestSettings) -> Call:
    """The request to ``path``. Raises TargetError when the picture lacks what it needs."""
    match request:
        case JsonRequest():
            text = _base64(picture.content, request.alphabet)
            return _json_call(path, _filled(request.body, {}, image=text))
        case Base64Request():
            body = _base64(picture.content, request.alphabet).encode("ascii")
            return Call(path=path, body=body, content_type=request.content_type)
        case RawRequest():
            media_type = request.content_type or media_type_of(picture.content)
            return Call(path=path, body=picture.content, content_type=media_type)
        case MultipartRequest():
            return _form(picture, path, request)
        case TensorRequest():
            return _tensor_call(picture, path, request)
        case BinaryRequest():
            return _binary_call(picture, path, request)


def tensor_of(picture: Picture) -> Array:
    """What enters the reference's network (float32 C×S×S). Raises TargetError without one."""
    tensor = picture.tensor()
    if tensor is None:
        raise TargetError(f"the reference has no `tensor` of {picture.name} that could be sent")
    if not np.isfinite(tensor).all():
        raise TargetError(
            f"the reference's `tensor` of {picture.name} holds NaN or infinity, which JSON has not"
        )
    return tensor


def media_type_of(content: bytes) -> str:
    """The image's media type by its first bytes; `application/octet-stream` for no image."""
    found = (name for signature, name in _MEDIA_TYPES.items() if signature.match(content))
    return next(found, UNKNOWN_TYPE)


def _form(picture: Picture, path: str, request: MultipartRequest) -> Call:
    # Some servers store the file under its name, and few agree on how to escape one
    name = re.sub(r"[^A-Za-z0-9._-]", "_", picture.name)
    file = (name, picture.content, media_type_of(picture.content))
    # httpx writes the form; the address is never used
    form = httpx.Request(
        "POST", "http://form", data=dict(request.fields), files={request.field: file}
    )
    return Call(path=path, body=form.read(), content_type=form.headers["content-type"])


def _tensor_call(picture: Picture, path: str, request: TensorRequest) -> Call:
    batch = tensor_of(picture)[np.newaxis]  # (1, C, S, S)
    if request.layout == "nhwc":
        batch = batch.transpose(0, 2, 3, 1)
    # tolist gives each float32 as the float64 of the same value, and JSON enough digits for that:
    # whether the server reads float32 or float64 first, it gets the same float32 back.
    numbers = (batch.reshape(-1) if request.numbers == "flat" else batch).tolist()
    whole = {TENSOR: numbers, SHAPE: list(batch.shape)}
    return _json_call(path, _filled(request.body, whole, image=IMAGE))


def _binary_call(picture: Picture, path: str, request: BinaryRequest) -> Call:
    """Open Inference's binary tensor data extension: JSON, then each element behind its length."""
    element = struct.pack("<I", len(picture.content)) + picture.content
    described = {
        "name": request.input,
        "datatype": "BYTES",
        "shape": request.shape,
        "parameters": {"binary_data_size": len(element)},
    }
    head = json.dumps({"inputs": [described]}).encode("ascii")
    return Call(
        path=path,
        body=head + element,
        headers={"inference-header-content-length": str(len(head))},
    )


def _filled(node: Any, whole: Mapping[str, Any], *, image: str) -> Any:
    """A JSON template with ``image`` for every ``<image>``, and ``whole`` for entire strings."""
    match node:
        case str():
            return whole[node] if node in whole else node.replace(IMAGE, image)
        case dict():
            return {key: _filled(value, whole, image=image) for key, value in node.items()}
        case list():
            return [_filled(value, whole, image=image) for value in node]
    return node


def _json_call(path: str, document: Any) -> Call:
    body = json.dumps(document, allow_nan=False).encode("ascii")
    return Call(path=path, body=body, content_type="application/json")


def _base64(content: bytes, alphabet: Alphabet) -> str:
    encode = base64.urlsafe_b64encode if alphabet == "urlsafe" else base64.b64encode
    return encode(content).decode("ascii")
