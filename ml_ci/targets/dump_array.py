"""An array of a dump: what ``np.save`` wrote, its header held against its size before it is read.

Nothing is unpickled. Element types and layouts are taken as they come: what they mean is for the
comparison to say.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from tokenize import TokenError
from typing import IO

import numpy as np

from ml_ci.rung import ARRAY_TYPES, Array, little_endian
from ml_ci.steps import LABEL, RECEIVED, STEP_OF
from ml_ci.targets.dump_problems import DumpError

# 25 million pixels of four float64 channels, the largest picture our limits take, are 0.8 GB
MOST_BYTES = 2**30
_AGAIN = "copy or record it again"
_NUMBERS = "save the numbers alone: `np.save(file, np.asarray(values, np.float32))`"
_MALFORMED = (ValueError, TypeError, SyntaxError, TokenError, RecursionError, MemoryError)
"""What numpy's reader of headers, which are Python literals, raises."""
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


@dataclass(frozen=True, kw_only=True)
class _Header:
    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype[np.generic]

    @property
    def nbytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def read_npy(stream: IO[bytes], size: int) -> Array:
    """The array in ``stream``, the ``size`` bytes of one .npy. Raises DumpError when there is none.

    At most MOST_BYTES are read.
    """
    header = _header(stream)
    if header.dtype.hasobject:
        raise DumpError("it holds pickled Python objects, which are never read", fix=_NUMBERS)
    there = size - stream.tell()
    if there < header.nbytes:
        raise DumpError(
            f"it is cut off: its header promises {_words(header.dtype, header.shape)}, "
            f"{header.nbytes} bytes, and {there} are there",
            fix=_AGAIN,
        )
    if there > header.nbytes:
        raise DumpError(
            f"{there - header.nbytes} bytes follow its array", fix="save one array per file"
        )
    check_size(header.nbytes, MOST_BYTES)
    content = stream.read(header.nbytes)
    try:
        flat = np.frombuffer(content, header.dtype)
        return flat.reshape(header.shape, order="F" if header.fortran_order else "C")
    except ValueError as error:  # elements without a size, or fewer bytes than an archive promised
        raise DumpError(f"it is damaged: {error}", fix=_AGAIN) from None


def check_size(size: int, most: int) -> None:
    """Raise DumpError when that many bytes are more than one image can have."""
    if size > most:
        raise DumpError(
            f"it has {size} bytes; at most {most} are read",
            fix="save what one step of one image has",
        )


def numbers(step: str, array: Array) -> Array:
    """``array`` when it can stand on that rung. Raises DumpError when it is no array of numbers."""
    if array.dtype.name not in ARRAY_TYPES:
        # numpy knows bfloat16 as two bytes without a meaning
        unknown = " (bfloat16?)" if array.dtype.str == "|V2" else ""
        raise DumpError(
            f"its elements are {array.dtype.name}{unknown}, no numbers that a rung may have",
            fix="save `array.astype(np.float32)`",
        )
    if array.ndim == 0:
        raise DumpError(
            f"it is a single number, `{step}` is {STEP_OF[step].shape}", fix="save the whole array"
        )
    if array.size == 0:
        raise DumpError(
            f"it is empty: {_words(array.dtype, array.shape)}", fix="save the whole array"
        )
    return array


def file_bytes(array: Array) -> bytes:
    """What `received` holds, out of an array of bytes. Raises DumpError when it is none."""
    if array.dtype != np.uint8 or array.ndim != 1:
        raise DumpError(
            f"it is {_words(array.dtype, array.shape)}; `{RECEIVED.name}` is the encoded file",
            fix="save `np.frombuffer(content, np.uint8)`, or the bytes themselves as a .bin file",
        )
    return array.tobytes()


def text(array: Array) -> str:
    """The one text in an array of texts. Raises DumpError when it holds something else."""
    if array.dtype.kind not in "US" or array.size != 1:
        raise DumpError(
            f"it is {_words(array.dtype, array.shape)}, not one text",
            fix='save one text: `np.save(file, np.array("text"))`, or a .txt file',
        )
    # By hand: numpy raises SystemError at a code point that Unicode does not have
    code_points = little_endian(array).tobytes()
    return _text_in(code_points, "utf-8" if array.dtype.kind == "S" else "utf-32-le")


def label(array: Array, classes: tuple[str, ...]) -> str:
    """A class: its name, or its number in ``classes``. Raises DumpError when it is neither."""
    if array.dtype.kind not in "iuf" or array.size != 1:
        return text(array)
    number = array.item()
    if number not in range(len(classes)):  # 3.0 is, NaN is not
        raise DumpError(
            f"it says class {number}, the model's {len(classes)} classes are 0 to "
            f"{len(classes) - 1}",
            fix=f"save the class's name, or its number from 0 on, as `{LABEL.name}`",
        )
    return classes[int(number)]


def text_of(content: bytes) -> str:
    """The text of a .txt file. Raises DumpError when it is not UTF-8 or empty."""
    return _text_in(content, "utf-8-sig")


def _text_in(content: bytes, encoding: str) -> str:
    """Without line ends around it and the zeros that numpy fills up with."""
    try:
        text = content.decode(encoding).rstrip("\0").strip("\r\n")
    except UnicodeDecodeError:
        raise DumpError("it is no valid Unicode text", fix="write UTF-8") from None
    if not text:
        raise DumpError("it is an empty text", fix="write the text, or remove the file")
    return text


def _header(stream: IO[bytes]) -> _Header:
    try:
        read = _READERS.get(np.lib.format.read_magic(stream))
        if read is None:
            raise ValueError("its format is one that only structures need")
        with warnings.catch_warnings():
            # Of long integers as Python 2 wrote them, of element types by an old name
            warnings.simplefilter("ignore")
            shape, fortran_order, dtype = read(stream)
        if min(shape, default=0) < 0:
            raise ValueError("a side of its shape is negative")
    except _MALFORMED as error:
        said = " ".join(str(error).split())[:200]
        raise DumpError(f"it is nothing that np.save wrote ({said})", fix=_AGAIN) from None
    return _Header(shape=shape, fortran_order=fortran_order, dtype=dtype)


def _words(dtype: np.dtype[np.generic], shape: tuple[int, ...]) -> str:
    """`float32 3×32×32`."""
    return f"{dtype.name} {'×'.join(str(side) for side in shape) or 'scalar'}"
