"""A batch: one request about several images, where the protocol has room for them.

Three shapes of JSON have: rows (``instances`` → ``predictions``, as our server and TF Serving take
them), Open Inference (``inputs`` with a shape and data → ``outputs``), and columns (``inputs`` of
TF Serving → ``outputs``). A batch is made of the requests about its images, and its answer is taken
apart into answers about one image, so that whatever makes and reads those does it here too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ml_ci.rung import Recorded
from ml_ci.targets.answers import AnswerReader
from ml_ci.targets.client import Call, Client, TargetError, parse_json
from ml_ci.targets.requests import Picture, call_about
from ml_ci.targets.routes import MOST_PREDICTION_BYTES, PredictRoute

ALONE = "the protocol takes one image per request"

_ROWS, _ROW_ANSWERS = "instances", "predictions"
_INPUTS, _OUTPUTS = "inputs", "outputs"
_JSON = "application/json"


def why_alone(route: PredictRoute, picture: Picture) -> str | None:
    """Why the server is asked about ``picture`` alone; None where a batch is possible."""
    try:
        document = _document(call_about(picture, route.settings.path, route.settings.request))
    except TargetError as error:
        return str(error)
    return ALONE if _shape_of(document) is None else None


async def ask_together(
    client: Client, route: PredictRoute, pictures: Sequence[Picture]
) -> list[dict[str, Recorded]]:
    """What one request about all ``pictures`` answers for each, in order.

    Raises TargetError when the protocol has no room for them, the answer is none, or has not one
    entry for each.
    """
    settings = route.settings
    calls = [call_about(picture, settings.path, settings.request) for picture in pictures]
    documents = [_document(call) for call in calls]
    shape = _shape_of(documents[0])
    if shape is None:
        raise TargetError(ALONE)
    body = json.dumps(_merged(documents, shape), allow_nan=False).encode("ascii")
    call = replace(calls[0], body=body, most_bytes=MOST_PREDICTION_BYTES)
    answer = parse_json(await client.send(call))
    reader = AnswerReader(settings=settings.answer, classes=route.classes)
    return [reader.read(one) for one in _taken_apart(answer, shape, len(pictures))]


def _document(call: Call) -> Any:
    """The JSON of a request; None where it is none."""
    if call.body is None or call.content_type.partition(";")[0].strip() != _JSON:
        return None
    try:
        return json.loads(call.body)
    except ValueError:  # an encoded image under that name
        return None


def _shape_of(document: Any) -> str | None:
    """`rows`, `tensors` or `columns`: how a request about one image holds it."""
    if not isinstance(document, dict):
        return None
    rows = document.get(_ROWS)
    if isinstance(rows, list) and len(rows) == 1:
        return "rows"
    inputs = document.get(_INPUTS)
    if isinstance(inputs, list) and inputs and all(map(_is_tensor_of_one, inputs)):
        return "tensors"
    # A nested list of numbers, and not [{…}], which would be somebody else's protocol
    nested = isinstance(inputs, list) and len(inputs) == 1 and isinstance(inputs[0], list)
    return "columns" if nested else None


def _is_tensor_of_one(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        return False
    shape = value.get("shape")
    return isinstance(shape, list) and bool(shape) and shape[0] == 1


def _merged(documents: Sequence[dict[str, Any]], shape: str) -> dict[str, Any]:
    first = documents[0]
    if shape == "rows":
        return first | {_ROWS: [row for one in documents for row in one[_ROWS]]}
    if shape == "columns":
        return first | {_INPUTS: [row for one in documents for row in one[_INPUTS]]}
    tensors = [
        tensor
        | {
            "shape": [len(documents), *tensor["shape"][1:]],
            # Flat, or nested with the leading axis outermost: both are put one after the other
            "data": [item for one in documents for item in one[_INPUTS][index]["data"]],
        }
        for index, tensor in enumerate(first[_INPUTS])
    ]
    return first | {_INPUTS: tensors}


def _taken_apart(answer: Any, shape: str, count: int) -> list[dict[str, Any]]:
    """As if each image had been asked about alone. Raises TargetError."""
    key = _ROW_ANSWERS if shape == "rows" else _OUTPUTS
    if not isinstance(answer, dict) or key not in answer:
        raise TargetError(f"the answer has no `{key}`")
    entries = answer[key]
    if shape == "tensors":
        parts = _parts_of_tensors(entries, count)
    elif isinstance(entries, dict):  # TF Serving: by the output's name where there are several
        columns = {name: _counted(column, key, count) for name, column in entries.items()}
        parts = [{name: [rows[index]] for name, rows in columns.items()} for index in range(count)]
    else:
        parts = [[row] for row in _counted(entries, key, count)]
    return [answer | {key: part} for part in parts]


def _counted(entries: Any, key: str, count: int) -> list[Any]:
    if not isinstance(entries, list) or len(entries) != count:
        found = len(entries) if isinstance(entries, list) else "no list of"
        raise TargetError(f"the answer has {found} {key} for {count} images")
    return entries


def _parts_of_tensors(outputs: Any, count: int) -> list[Any]:
    parts: list[list[dict[str, Any]]] = [[] for _ in range(count)]
    for output in outputs if isinstance(outputs, list) else []:
        for part, data in zip(parts, _rows_of(output, count), strict=True):
            part.append(output | {"shape": [1, *output["shape"][1:]], "data": data})
    return parts


def _rows_of(output: Any, count: int) -> list[list[Any]]:
    shape = output.get("shape") if isinstance(output, dict) else None
    data = output.get("data") if isinstance(output, dict) else None
    if not isinstance(shape, list) or not isinstance(data, list) or shape[:1] != [count]:
        raise TargetError(f"an output has the shape {str(shape)[:60]} for {count} images")
    if len(data) == count:  # nested, or one number for each image
        return [[row] for row in data]
    each = int(np.prod(shape[1:], dtype=np.int64)) if _are_sizes(shape) else 0
    if each < 1 or len(data) != each * count:
        raise TargetError(f"an output has {len(data)} numbers, its shape says {str(shape)[:60]}")
    return [data[index * each : (index + 1) * each] for index in range(count)]


def _are_sizes(shape: list[Any]) -> bool:
    return all(type(side) is int and 0 < side < 2**31 for side in shape)
