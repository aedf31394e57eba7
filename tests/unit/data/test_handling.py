"""Handling: what was done to bytes, told only when it explains every one of them."""

from __future__ import annotations

import base64
import gzip
import zlib

import pytest

from ml_ci.data.handling import Handling, handling_of, text_around
from tests.builders.images import picture, png

# A PNG's first line is made to be damaged by every translation of line ends and charsets
SENT = png(picture(height=20, width=20))


def test_sent__holds_what_each_damage_needs() -> None:
    assert b"\r\n" in SENT
    assert b"\n" in SENT.replace(b"\r\n", b"")
    assert max(SENT) > 127


@pytest.mark.parametrize(
    ("received", "kind", "how"),
    [
        pytest.param(SENT[:40], "cut off", "the end is missing", id="cut off"),
        pytest.param(b"", "cut off", "the end is missing", id="nothing"),
        pytest.param(
            SENT + b"\r\n", "wrapped", "more around it: 0 bytes before, 2 behind", id="a line end"
        ),
        pytest.param(
            b"--boundary\r\n\r\n" + SENT + b"\r\n--boundary--",
            "wrapped",
            "more around it: 14 bytes before, 14 behind",
            id="a part of a form",
        ),
        pytest.param(base64.b64encode(SENT), "text", "base64 text", id="base64"),
        pytest.param(base64.encodebytes(SENT), "text", "base64 text", id="base64 in lines"),
        pytest.param(
            base64.urlsafe_b64encode(SENT).rstrip(b"="), "text", "base64 text", id="for addresses"
        ),
        pytest.param(
            b'"' + base64.b64encode(SENT) + b'"', "text", "base64 text", id="base64 in quotes"
        ),
        pytest.param(
            b"data:image/png;base64," + base64.b64encode(SENT),
            "text",
            "a data URL with base64 text",
            id="data URL",
        ),
        pytest.param(
            b"data:image/svg+xml;charset=utf-8;base64," + base64.b64encode(SENT),
            "text",
            "a data URL with base64 text",
            id="data URL with a parameter",
        ),
        pytest.param(
            SENT.decode("utf-8", "replace").encode(),
            "damaged as text",
            "read as UTF-8, with U+FFFD for what is none",
            id="UTF-8",
        ),
        pytest.param(
            SENT.decode("utf-8", "ignore").encode(),
            "damaged as text",
            "read as UTF-8, without what is none",
            id="UTF-8 ignoring",
        ),
        pytest.param(
            SENT.decode("ascii", "replace").encode(),
            "damaged as text",
            "read as ASCII, with U+FFFD for what is none",
            id="ASCII",
        ),
        pytest.param(
            SENT.decode("latin-1").encode(),
            "damaged as text",
            "read as Latin-1 and written as UTF-8",
            id="Latin-1",
        ),
        pytest.param(
            SENT.decode("cp1252", "replace").encode(),
            "damaged as text",
            "read as Windows-1252 and written as UTF-8",
            id="Windows-1252",
        ),
        pytest.param(
            SENT.replace(b"\n", b"\r\n"),
            "damaged as text",
            "every line feed made carriage return and line feed",
            id="line ends added",
        ),
        pytest.param(
            SENT.replace(b"\r\n", b"\n"),
            "damaged as text",
            "every carriage return and line feed made one line feed",
            id="line ends taken",
        ),
        pytest.param(
            bytes(byte & 127 for byte in SENT),
            "damaged as text",
            "the highest bit of every byte cleared",
            id="seven bits",
        ),
        pytest.param(
            gzip.compress(SENT), "compressed", "still compressed (gzip or deflate)", id="gzip"
        ),
        pytest.param(
            zlib.compress(SENT)[2:-4],
            "compressed",
            "still compressed (gzip or deflate)",
            id="raw deflate",
        ),
    ],
)
def test_handling_of__names(received: bytes, kind: str, how: str) -> None:
    found = handling_of(SENT, received)
    assert found is not None
    assert (kind, how) == (found.kind, found.how)


def test_handling_of__more_than_was_sent_compressed_is_another_content() -> None:
    sent = b"a picture that can be compressed " * 20
    assert handling_of(sent, gzip.compress(sent)) is not None
    assert handling_of(sent, gzip.compress(sent + b"\0")) is None


def test_handling_of__counts_what_arrived() -> None:
    assert Handling(kind="cut off", how="the end is missing", kept=40) == handling_of(
        SENT, SENT[:40]
    )


@pytest.mark.parametrize(
    "received",
    [
        pytest.param(png(picture(1, height=20, width=20)), id="another file"),
        pytest.param(SENT[1:], id="the beginning is missing"),
        pytest.param(base64.b64encode(SENT[:-1]), id="base64 of something else"),
        pytest.param(SENT.decode("latin-1").encode()[:-1], id="damaged in two ways"),
        pytest.param(gzip.compress(b"\0" * 10_000_000), id="a bomb"),
        pytest.param(SENT, id="the same bytes"),
    ],
)
def test_handling_of__what_it_does_not_explain_wholly(received: bytes) -> None:
    assert handling_of(SENT, received) is None


@pytest.mark.parametrize(
    "received",
    [
        pytest.param(SENT, id="bytes"),
        pytest.param(b"Word", id="a word"),
        pytest.param(b"no base64, but a sentence", id="a sentence"),
        pytest.param(b"A" * 17, id="a length that base64 has not"),
        pytest.param(b"data:,abc", id="a data URL without base64"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_text_around__bytes_that_are_no_such_text(received: bytes) -> None:
    assert text_around(received) is None
