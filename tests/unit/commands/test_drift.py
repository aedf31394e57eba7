"""Where the golden set may be sent, and the credentials with it."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from ml_ci.commands.drift import AUTHORIZATION, check_url, measure_drift
from ml_ci.errors import UserError


@pytest.mark.parametrize(
    ("url", "authorized"),
    [
        ("https://models.example.com", True),
        ("https://models.example.com:8443/digits/", True),
        ("http://models.internal:8080", False),
        ("http://127.0.0.1:8080", True),
        ("http://[::1]:8080", True),
        ("http://localhost", True),
    ],
)
def test_check_url__accepts_a_server(url: str, authorized: bool) -> None:
    check_url(url, authorized=authorized)


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("models.example.com", "it is no address of a server"),
        ("ftp://models.example.com", "it is no address of a server"),
        ("https://", "it is no address of a server"),
        ("https://models example.com", "it is no address of a server"),
        ("https://models.example.com:x", "it is no address of a server"),
        ("https://[", "it is no address of a server"),
        ("https://me:s3cret@models.example.com", "it holds credentials or a query"),
        ("https://models.example.com/?key=s3cret", "it holds credentials or a query"),
        ("http://models.example.com", "would be sent unencrypted"),
    ],
)
def test_check_url__refuses(url: str, what: str) -> None:
    with pytest.raises(UserError) as caught:
        check_url(url, authorized=True)

    assert (True, False) == (what in caught.value.what, "s3cret" in str(caught.value))


@pytest.mark.parametrize("value", ["Bearer s3cret\n", "s3cret é", "s3cret\r\nx: y", " s3cret"])
def test_measure_drift__shows_no_credentials_that_no_header_can_have(value: str) -> None:
    console = Console(file=StringIO())

    with pytest.raises(UserError) as caught:
        measure_drift(console, "https://models.example.com", {AUTHORIZATION: value})

    assert (AUTHORIZATION, False) == (caught.value.where, "s3cret" in str(caught.value))
