"""Where the golden set may be sent, and credentials with it."""

from __future__ import annotations

import pytest

from ml_ci.params.address import AddressError, check_address


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
def test_check_address__accepts_a_server(url: str, authorized: bool) -> None:
    check_address(url, authorized=authorized)


@pytest.mark.parametrize(
    ("url", "message", "shown"),
    [
        ("models.example.com", "it is no address of a server", "models.example.com"),
        ("ftp://models.example.com", "it is no address of a server", "ftp://models.example.com"),
        ("https://", "it is no address of a server", "https://"),
        ("https://a b", "it is no address of a server", "https://a b"),
        ("https://a:x", "it is no address of a server", "https://a:x"),
        ("https://[", "it is no address of a server", "https://["),
        ("ftp://me:s3cret@a/?k=s3cret", "it is no address of a server", "a/"),
        ("https://me:s3cret@a", "it holds credentials or a query", "a"),
        ("https://a/?key=s3cret", "it holds credentials or a query", "a"),
        ("https://a/#s3cret", "it holds credentials or a query", "a"),
        ("http://a", "credentials would be sent unencrypted", "http://a"),
        ("http://localhost.a", "credentials would be sent unencrypted", "http://localhost.a"),
        ("http://10.0.0.1", "credentials would be sent unencrypted", "http://10.0.0.1"),
    ],
)
def test_check_address__refuses(url: str, message: str, shown: str) -> None:
    with pytest.raises(AddressError) as caught:
        check_address(url, authorized=True)
    assert (True, shown) == (str(caught.value).startswith(message), caught.value.shown)
