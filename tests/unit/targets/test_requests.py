"""Requests made from templates: what any server finds in them."""

from __future__ import annotations

import base64
import ctypes
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from ml_ci.targets.client import Call, TargetError
from ml_ci.targets.requests import Picture, call_about, media_type_of
from tests.builders.own_servers import own_server

PNG = b"\x89PNG\r\n\x1a\n and more"
TENSOR = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
FLOATS = arrays(
    np.float32,
    array_shapes(min_dims=3, max_dims=3, max_side=4),
    elements=st.floats(width=32, allow_nan=False, allow_infinity=False),
)


def picture(
    content: bytes = b"abc", *, name: str = "a.png", tensor: NDArray[np.float32] | None = None
) -> Picture:
    return Picture(name=name, content=content, tensor=lambda: tensor)


def call(about: Picture, **request: Any) -> Call:
    return call_about(about, "/p", own_server(request=request).asked.request)


def json_of(about: Picture, body: Any, *, alphabet: str = "standard") -> Any:
    return json.loads(call(about, kind="json", body=body, alphabet=alphabet).body or b"")


def tensor_of(
    tensor: NDArray[np.float32],
    body: Any,
    *,
    layout: str = "nchw",
    numbers: str = "nested",
    read: Callable[[str], float] = float,
) -> Any:
    request = {"kind": "tensor", "body": body, "layout": layout, "numbers": numbers}
    sent = call(picture(tensor=tensor), **request)
    return json.loads(sent.body or b"", parse_float=read)


def as_float32(digits: str) -> float:
    """As servers in C read them: rounded once, straight to float32."""
    strtof = ctypes.CDLL(None).strtof
    strtof.restype = ctypes.c_float
    number: float = strtof(digits.encode(), None)
    return number


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        pytest.param("<image>", "YWJj", id="alone"),
        pytest.param({"a": [{"b": "<image>"}]}, {"a": [{"b": "YWJj"}]}, id="nested"),
        pytest.param("data:image/png;base64,<image>", "data:image/png;base64,YWJj", id="inside"),
        pytest.param(["<image>", "<image>"], ["YWJj", "YWJj"], id="twice"),
        pytest.param(
            {"x": "<image>", "top": 5, "raw": True, "no": None, "r": 0.5},
            {"x": "YWJj", "top": 5, "raw": True, "no": None, "r": 0.5},
            id="beside other values",
        ),
        pytest.param(["<image>", "<shape>"], ["YWJj", "<shape>"], id="no shape here"),
    ],
)
def test_json__replaces_the_image(template: Any, expected: Any) -> None:
    assert expected == json_of(picture(), template)


@pytest.mark.parametrize(
    ("alphabet", "expected"), [("standard", "+/8="), ("urlsafe", "-_8=")], ids=str
)
def test_json__writes_either_alphabet(alphabet: str, expected: str) -> None:
    assert expected == json_of(picture(b"\xfb\xff"), "<image>", alphabet=alphabet)


def test_json__says_it_is_json() -> None:
    sent = call(picture(), kind="json", body="<image>", alphabet="standard")
    assert ("/p", "application/json") == (sent.path, sent.content_type)


@pytest.mark.parametrize("alphabet", ["standard", "urlsafe"])
@given(content=st.binary())
def test_base64__brings_every_byte(alphabet: str, content: bytes) -> None:
    sent = call(picture(content), kind="base64", alphabet=alphabet, content_type="text/plain")
    decode = {"standard": base64.b64decode, "urlsafe": base64.urlsafe_b64decode}[alphabet]
    assert (content, "text/plain") == (decode(sent.body or b""), sent.content_type)


def test_raw__is_the_image_under_the_given_type() -> None:
    sent = call(picture(PNG), kind="raw", content_type="application/x-image")
    assert Call(path="/p", body=PNG, content_type="application/x-image") == sent


def test_raw__guesses_the_type_when_none_is_given() -> None:
    assert "image/png" == call(picture(PNG), kind="raw", content_type=None).content_type


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x0a\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x0a\x00\x00\x00WAVEfmt ", "application/octet-stream"),
        (b"GIF89a", "image/gif"),
        (b"BM\x00", "image/bmp"),
        (b"II*\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"", "application/octet-stream"),
        (b" \x89PNG\r\n\x1a\n", "application/octet-stream"),
    ],
    ids=repr,
)
def test_media_type_of__goes_by_the_first_bytes(content: bytes, expected: str) -> None:
    assert expected == media_type_of(content)


def parts(sent: Call) -> list[tuple[bytes, bytes]]:
    """(headers, content) of every part of a form."""
    boundary = sent.content_type.partition("boundary=")[2].encode()
    first, *between, last = (b"\r\n" + (sent.body or b"")).split(b"\r\n--" + boundary)
    assert (b"", b"--\r\n") == (first, last)
    heads_and_contents = (part.removeprefix(b"\r\n").partition(b"\r\n\r\n") for part in between)
    return [(head, content) for head, _, content in heads_and_contents]


def test_multipart__is_a_form_with_the_file() -> None:
    sent = call(picture(PNG), kind="multipart", field="img", fields={"top": "5"})
    assert sent.content_type.startswith("multipart/form-data; boundary=")
    assert [
        (b'Content-Disposition: form-data; name="top"', b"5"),
        (
            b'Content-Disposition: form-data; name="img"; filename="a.png"\r\n'
            b"Content-Type: image/png",
            PNG,
        ),
    ] == parts(sent)


@given(content=st.binary())
def test_multipart__brings_every_byte(content: bytes) -> None:
    sent = call(picture(content), kind="multipart", field="img", fields={})
    assert [content] == [found for _, found in parts(sent)]


def test_multipart__gives_the_file_a_name_any_server_can_store() -> None:
    about = picture(name="größe (1)/…x.png")
    head, _ = parts(call(about, kind="multipart", field="img", fields={}))[0]
    assert b'filename="gr__e__1___x.png"' in head


@given(tensor=FLOATS)
@pytest.mark.parametrize("numbers", ["flat", "nested"])
@pytest.mark.parametrize("layout", ["nchw", "nhwc"])
@pytest.mark.parametrize("read", [float, as_float32], ids=["float64 first", "float32 at once"])
def test_tensor__arrives_bit_for_bit(
    read: Callable[[str], float], layout: str, numbers: str, tensor: NDArray[np.float32]
) -> None:
    template = {"data": "<tensor>", "shape": "<shape>"}
    found = tensor_of(tensor, template, layout=layout, numbers=numbers, read=read)
    batch = np.array(found["data"], dtype=np.float32).reshape(found["shape"])
    alone = batch[0].transpose(2, 0, 1) if layout == "nhwc" else batch[0]
    assert (tensor.shape, tensor.tobytes()) == (alone.shape, np.ascontiguousarray(alone).tobytes())


@pytest.mark.parametrize(
    ("layout", "expected"), [("nchw", [1, 3, 2, 2]), ("nhwc", [1, 2, 2, 3])], ids=["nchw", "nhwc"]
)
def test_tensor__nested_has_the_shape_told(layout: str, expected: list[int]) -> None:
    found = tensor_of(TENSOR, ["<tensor>", "<shape>"], layout=layout)
    assert (expected, tuple(expected)) == (found[1], np.shape(found[0]))


def test_tensor__puts_channels_last_for_nhwc() -> None:
    found = tensor_of(TENSOR, "<tensor>", layout="nhwc")
    assert [0.0, 4.0, 8.0] == found[0][0][0]


def test_tensor__keeps_the_rest_of_the_template() -> None:
    template = {"inputs": [{"name": "<image> x", "data": "<tensor>"}]}
    found = tensor_of(TENSOR, template, numbers="flat")
    assert "<image> x" == found["inputs"][0]["name"]


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        pytest.param(None, "the reference has no `tensor` of a.png", id="none"),
        pytest.param(TENSOR * np.float32(np.nan), "`tensor` of a.png holds NaN", id="NaN"),
    ],
)
def test_tensor__that_cannot_be_sent_is_said(
    tensor: NDArray[np.float32] | None, message: str
) -> None:
    request = {"kind": "tensor", "body": "<tensor>", "layout": "nchw", "numbers": "flat"}
    with pytest.raises(TargetError, match=message):
        call(picture(tensor=tensor), **request)


@pytest.mark.parametrize("shape", [[1], [1, 1]])
def test_binary__has_the_image_behind_its_description(shape: list[int]) -> None:
    made = call(picture(b"\x00abc"), kind="binary", input="image", shape=shape)
    length = int(made.headers["inference-header-content-length"])
    body = made.body or b""
    described = {
        "name": "image",
        "datatype": "BYTES",
        "shape": shape,
        "parameters": {"binary_data_size": 8},
    }
    assert {"inputs": [described]} == json.loads(body[:length])
    assert (b"\x04\x00\x00\x00\x00abc", "application/octet-stream") == (
        body[length:],
        made.content_type,
    )
