"""One array of a dump: what is taken as it comes, and what is no array of numbers."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.lib import format as npy_format

from ml_ci.targets.dump_array import (
    MOST_BYTES,
    check_size,
    file_bytes,
    label,
    numbers,
    read_npy,
    text,
    text_of,
)
from ml_ci.targets.dump_problems import DumpError
from tests.builders.dumps import CLASS_NAMES, TENSOR, npy, npy_of_header

HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 2), }\n"
BIG = 10**10


def read(content: bytes) -> np.ndarray[Any, Any]:
    return read_npy(io.BytesIO(content), len(content))


@pytest.mark.parametrize(
    "array",
    [
        pytest.param(TENSOR, id="float32"),
        pytest.param(TENSOR.astype(np.float64), id="float64"),
        pytest.param(TENSOR.astype(np.float16), id="float16"),
        pytest.param(TENSOR.astype(np.int8), id="int8"),
        pytest.param(TENSOR > 0, id="bool"),
        pytest.param(TENSOR.astype(">f4"), id="big-endian"),
        pytest.param(np.asfortranarray(TENSOR), id="Fortran order"),
        pytest.param(TENSOR.transpose(1, 2, 0), id="channels last"),
        pytest.param(TENSOR[np.newaxis], id="batch of one"),
        pytest.param(TENSOR * np.nan, id="NaN"),
    ],
)
def test_read_npy__takes_numbers_as_they_come(array: np.ndarray[Any, Any]) -> None:
    found = numbers("tensor", read(npy(array)))
    assert (array.dtype.name, array.shape) == (found.dtype.name, found.shape)
    np.testing.assert_array_equal(array, found)


def test_read_npy__takes_a_long_header() -> None:
    stream = io.BytesIO()
    npy_format.write_array(stream, TENSOR, version=(2, 0))
    assert TENSOR.tolist() == read(stream.getvalue()).tolist()


def test_read_npy__takes_the_header_of_an_old_python() -> None:
    # Python 2 wrote 3L, which numpy reads with a warning
    content = npy_of_header(HEADER.replace("(3,", "(3L,"), TENSOR.tobytes())
    assert TENSOR.tolist() == read(content).tolist()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "EOF: reading magic string, expected 8 bytes got 0", id="empty"),
        pytest.param(
            b"<html>the page you looked for</html>",
            r"the magic string is not correct; expected b'\x93NUMPY', got b'<html>'",
            id="something else",
        ),
        pytest.param(
            b"\x93NUMPY\x03\x00" + bytes(200),
            "its format is one that only structures need",
            id="version 3",
        ),
        pytest.param(
            npy(TENSOR)[:30],
            "EOF: reading array header, expected 118 bytes got 20",
            id="cut in its header",
        ),
        pytest.param(
            npy_of_header(HEADER.replace("3, 2", "-3, 2")),
            "a side of its shape is negative",
            id="negative side",
        ),
        pytest.param(
            npy_of_header(HEADER.replace("'<f4'", "'<q9'")),
            "descr is not a valid dtype descriptor: '<q9'",
            id="no type",
        ),
        pytest.param(
            npy_of_header("[" * 5000 + "\n"),
            None,
            id="nested deeply",
        ),
    ],
)
def test_read_npy__refuses_what_is_none(content: bytes, message: str | None) -> None:
    with pytest.raises(DumpError) as caught:
        read(content)
    if message is not None:
        assert f"it is nothing that np.save wrote ({message})" == caught.value.what
    assert caught.value.what.startswith("it is nothing that np.save wrote (")
    assert caught.value.fix == "copy or record it again"


def test_read_npy__holds_the_header_against_the_size_before_it_reads() -> None:
    header = HEADER.replace("(3, 2, 2)", f"({BIG // 4},)")
    with pytest.raises(DumpError) as caught:
        read(npy_of_header(header, bytes(100)))
    assert caught.value.what == (
        f"it is cut off: its header promises float32 {BIG // 4}, {BIG} bytes, and 100 are there"
    )


class _Endless(io.BytesIO):
    """A file that says it is as large as its header promises; reading it is a mistake."""

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size < 1000
        return super().read(size)


def test_read_npy__refuses_an_honest_array_that_is_too_large_without_reading_it() -> None:
    header = npy_of_header(HEADER.replace("(3, 2, 2)", f"({BIG // 4},)"))
    with pytest.raises(DumpError) as caught:
        read_npy(_Endless(header), len(header) + BIG)
    assert caught.value.what == f"it has {BIG} bytes; at most {MOST_BYTES} are read"


def test_read_npy__refuses_two_arrays_in_one_file() -> None:
    with pytest.raises(DumpError) as caught:
        read(npy(TENSOR) + npy(TENSOR))
    assert (caught.value.what, caught.value.fix) == (
        "176 bytes follow its array",
        "save one array per file",
    )


def test_read_npy__tells_when_fewer_bytes_come_than_were_promised() -> None:
    content = npy(TENSOR)
    with pytest.raises(DumpError, match="it is damaged: "):
        read_npy(io.BytesIO(content[:-8]), len(content))


@pytest.mark.parametrize(
    ("array", "what"),
    [
        pytest.param(
            TENSOR.astype(np.complex64),
            "its elements are complex64, no numbers that a rung may have",
            id="complex",
        ),
        pytest.param(
            TENSOR.astype(np.longdouble),
            f"its elements are {np.dtype(np.longdouble).name}, no numbers that a rung may have",
            id="long double",
        ),
        pytest.param(
            TENSOR.view("V2"),
            "its elements are void16 (bfloat16?), no numbers that a rung may have",
            id="bfloat16",
        ),
        pytest.param(
            np.array(["a"]), "its elements are str32, no numbers that a rung may have", id="text"
        ),
        pytest.param(
            np.zeros(2, [("a", "f4")]),
            "its elements are void32, no numbers that a rung may have",
            id="structure",
        ),
        pytest.param(
            np.array(1, np.float32),
            "it is a single number, `tensor` is float32 C×S×S",
            id="0-d",
        ),
        pytest.param(
            np.zeros((3, 0, 2), np.float32), "it is empty: float32 3×0×2", id="no elements"
        ),
    ],
)
def test_numbers__refuses_what_is_no_array_of_numbers(
    array: np.ndarray[Any, Any], what: str
) -> None:
    with pytest.raises(DumpError) as caught:
        numbers("tensor", read(npy(array)))
    assert what == caught.value.what


@pytest.mark.parametrize(
    ("array", "what"),
    [
        pytest.param(TENSOR, "it is float32 3×2×2; `received` is the encoded file", id="pixels"),
        pytest.param(
            np.zeros((2, 2), np.uint8), "it is uint8 2×2; `received` is the encoded file", id="2-d"
        ),
    ],
)
def test_file_bytes__are_bytes_in_a_row(array: np.ndarray[Any, Any], what: str) -> None:
    with pytest.raises(DumpError) as caught:
        file_bytes(array)
    assert what == caught.value.what


@pytest.mark.parametrize(
    ("array", "what"),
    [
        pytest.param(np.array(["a", "b"]), "it is str32 2, not one text", id="two texts"),
        pytest.param(TENSOR, "it is float32 3×2×2, not one text", id="numbers"),
        pytest.param(np.array([0.5]), "it is float64 1, not one text", id="a number"),
        pytest.param(np.array(1j), "it is complex128 scalar, not one text", id="complex"),
        pytest.param(np.array(""), "it is an empty text", id="empty"),
        pytest.param(np.array(b"\xff"), "it is no valid Unicode text", id="Latin-1"),
        pytest.param(np.array("\ud800"), "it is no valid Unicode text", id="half a pair"),
        pytest.param(
            np.frombuffer(b"\xff\xff\xff\xff", "<U1"), "it is no valid Unicode text", id="no code"
        ),
    ],
)
def test_text__is_one_text(array: np.ndarray[Any, Any], what: str) -> None:
    with pytest.raises(DumpError) as caught:
        text(array)
    assert what == caught.value.what


def test_text__of_a_big_endian_device() -> None:
    assert text(read(npy(np.array("dög", ">U5")))) == "dög"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (np.array(2), "2"),
        (np.array(-1), "-1"),
        (np.array(0.5), "0.5"),
        (np.array(np.nan), "nan"),
        (np.array(np.inf), "inf"),
    ],
    ids=["too large", "negative", "fraction", "NaN", "infinity"],
)
def test_label__that_is_no_class(number: np.ndarray[Any, Any], said: str) -> None:
    with pytest.raises(DumpError) as caught:
        label(number, CLASS_NAMES)
    assert f"it says class {said}, the model's 2 classes are 0 to 1" == caught.value.what


def test_text_of__is_utf_8_without_its_line_end_and_mark() -> None:
    assert text_of("\ufeffsmörgås \r\n".encode()) == "smörgås "


@pytest.mark.parametrize("content", [b"", b"\r\n"], ids=["nothing", "line end"])
def test_text_of__an_empty_file_is_told(content: bytes) -> None:
    with pytest.raises(DumpError, match="it is an empty text"):
        text_of(content)


def test_text_of__another_encoding_is_told() -> None:
    with pytest.raises(DumpError, match="it is no valid Unicode text; write UTF-8"):
        text_of("cat".encode("utf-16"))


def test_check_size__takes_the_largest() -> None:
    check_size(5, 5)
    with pytest.raises(DumpError, match="it has 6 bytes; at most 5 are read"):
        check_size(6, 5)
