"""Servers that speak what model servers speak: TF-Serving, Open Inference, SageMaker.

Written after the protocols' own documents and in nothing after our client; each answers with the
SHA-256 of what its model was given, so a test sees whether every bit arrived.
"""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

import numpy as np

from tests.builders.foreign_server import digest
from tests.builders.http_server import Received, response

CLASSES = ("dark", "light")
SCORES = (0.25, 0.75)
LOGITS = (-1.0, 0.5)


def answer(document: Any, *, status: str = "200 OK") -> bytes:
    """A JSON answer."""
    return response(json.dumps(document).encode(), status=status)


def tf_serving(request: Received) -> bytes:
    """The model `digits`, versions 1 and 2, whose signature has an image or a tensor."""
    name, _, verb = request.path.removeprefix("/v1/models/").partition(":")
    if name not in ("digits", "digits/versions/1"):
        return answer({"error": f"Servable not found for request: {name}"}, status="404 No")
    if not verb:
        return answer({"model_version_status": [{"version": "2", "state": "AVAILABLE"}]})
    document = json.loads(request.body)
    (row,) = document["instances"]
    named = row.get("image_bytes", row) if isinstance(row, dict) else row
    if isinstance(named, dict):
        seen = base64.b64decode(named["b64"], validate=True)
    else:
        seen = np.array(named, dtype=np.float32).tobytes()  # (C, S, S)
    told = {"classes": digest(seen), "scores": list(SCORES), "logits": list(LOGITS)}
    if document.get("signature_name") == "one_output":
        return answer({"predictions": [list(SCORES)]})
    return answer({"predictions": [told]})


def open_inference(request: Received) -> bytes:
    """The model `digits` with an input `image` (BYTES) or `input` (FP32)."""
    if request.path == "/v2/models/digits/ready":
        return answer({"name": "digits", "ready": True})
    if request.path != "/v2/models/digits/infer":
        return answer({"error": "Model not found"}, status="404 Not Found")
    length = int(request.headers.get("inference-header-content-length", len(request.body)))
    (given,) = json.loads(request.body[:length])["inputs"]
    outputs = [
        {
            "name": "label",
            "datatype": "BYTES",
            "shape": [1],
            "data": [digest(_element(given, request.body[length:]))],
        },
        {"name": "scores", "datatype": "FP32", "shape": [1, 2], "data": list(SCORES)},
        {"name": "logits", "datatype": "FP32", "shape": [1, 2], "data": [list(LOGITS)]},
    ]
    return answer({"model_name": "digits", "outputs": outputs})


def _element(given: dict[str, Any], binary: bytes) -> bytes:
    """The one element of a BYTES input, or the little-endian FP32 of a tensor."""
    if given["datatype"] == "FP32":
        assert given["name"] == "input"
        return np.array(given["data"], "<f4").reshape(given["shape"]).tobytes()
    assert (given["name"], given["datatype"]) == ("image", "BYTES")
    assert np.prod(given["shape"]) == 1
    size = given.get("parameters", {}).get("binary_data_size")
    if size is None:
        assert given["parameters"]["content_type"] == "base64"
        return base64.b64decode(given["data"][0], validate=True)
    (length,) = struct.unpack("<I", binary[:4])
    assert size == len(binary) == length + 4
    return binary[4:]


def sagemaker(request: Received) -> bytes:
    """A container that takes images and, as JSON, base64."""
    if request.path == "/ping":
        return response(b"")
    if request.path != "/invocations":
        return response(b"", status="404 Not Found")
    if request.headers["content-type"] == "application/json":
        seen = base64.b64decode(json.loads(request.body)["image"], validate=True)
    else:
        assert request.headers["content-type"] == "application/x-image"
        seen = request.body
    return answer({"classes": digest(seen), "scores": list(SCORES)})
