"""Where the golden set may be sent, and the credentials with it."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from ml_ci.commands.drift import AUTHORIZATION, check_url, measure_drift
from ml_ci.errors import UserError


def test_check_url__says_what_is_wrong_and_shows_no_credentials() -> None:
    with pytest.raises(UserError) as caught:
        check_url("https://me:s3cret@models.example.com", authorized=True)

    assert (True, False) == (
        "it holds credentials or a query" in caught.value.what,
        "s3cret" in str(caught.value),
    )


@pytest.mark.parametrize("value", ["Bearer s3cret\n", "s3cret é", "s3cret\r\nx: y", " s3cret"])
def test_measure_drift__shows_no_credentials_that_no_header_can_have(value: str) -> None:
    console = Console(file=StringIO())

    with pytest.raises(UserError) as caught:
        measure_drift(console, "https://models.example.com", {AUTHORIZATION: value})

    assert (AUTHORIZATION, False) == (caught.value.where, "s3cret" in str(caught.value))
