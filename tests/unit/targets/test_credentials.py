"""Credentials: from the environment, and into no message."""

from __future__ import annotations

import base64

import pytest

from ml_ci.errors import CombinedUserError, UserError
from ml_ci.params.targets import OnnxTarget
from ml_ci.targets.credentials import Credentials, credentials_of, read_credentials
from tests.builders.target_settings import http_target

HEADERS = {"Authorization": "ML_CI_TOKEN", "X-Api-Key": "ML_CI_KEY"}
VARIABLES = {"ML_CI_TOKEN": "Bearer s3cret", "ML_CI_KEY": "k3y", "OTHER": "x"}


def refusal(variables: dict[str, str]) -> UserError:
    with pytest.raises(UserError) as caught:
        read_credentials(HEADERS, variables, setting="`headers`", where="params.yaml")
    return caught.value


def test_read_credentials__takes_the_values_of_the_environment() -> None:
    found = read_credentials(HEADERS, VARIABLES, setting="`headers`", where="params.yaml")
    expected = {"Authorization": "Bearer s3cret", "X-Api-Key": "k3y"}
    assert (expected, "`headers`") == (found.headers, found.setting)


@pytest.mark.parametrize(
    ("variables", "what"),
    [
        ({"ML_CI_KEY": "k3y"}, "the environment variable ML_CI_TOKEN is missing"),
        ({**VARIABLES, "ML_CI_TOKEN": ""}, "the environment variable ML_CI_TOKEN is empty"),
    ],
)
def test_read_credentials__names_a_variable_without_a_value(
    variables: dict[str, str], what: str
) -> None:
    error = refusal(variables)
    assert (
        f"{what}, so nothing is sent",
        "params.yaml",
        "set it to what follows `Authorization: `, then run the same command again",
    ) == (error.what, error.where, error.fix)


def test_read_credentials__names_all_that_are_missing() -> None:
    error = refusal({})
    assert isinstance(error, CombinedUserError)
    assert ["ML_CI_TOKEN" in str(error), "ML_CI_KEY" in str(error)] == [True, True]


@pytest.mark.parametrize("value", ["Bearer s3cret\n", "s3cret é", "s3cret\r\nx: y", " s3cret"])
def test_read_credentials__shows_no_value_that_no_header_can_have(value: str) -> None:
    error = refusal({**VARIABLES, "ML_CI_TOKEN": value})
    assert (True, False) == ("ML_CI_TOKEN cannot stand" in error.what, "s3cret" in str(error))


def test_secrets__are_whole_values_and_what_follows_the_scheme() -> None:
    credentials = Credentials(headers={"a": "Bearer s3cret", "b": "k3y", "c": "plain-one"})
    assert (b"Bearer s3cret", b"plain-one", b"s3cret") == credentials.secrets


def test_secrets__of_basic_are_also_what_base64_hides() -> None:
    encoded = base64.b64encode(b"me:pass-word").decode()
    credentials = Credentials(headers={"Authorization": f"Basic {encoded}"})
    assert {b"me:pass-word", b"pass-word", encoded.encode()} < set(credentials.secrets)


def test_secrets__of_odd_basic_credentials_are_at_least_themselves() -> None:
    credentials = Credentials(headers={"Authorization": "Basic not base64"})
    assert (b"Basic not base64", b"not base64") == credentials.secrets


def test_repr__shows_no_value() -> None:
    assert "s3cret" not in repr(Credentials(headers={"a": "Bearer s3cret"}))


def test_credentials_of__names_target_and_variable_that_is_missing() -> None:
    onnx = OnnxTarget(kind="onnx", tolerances={}, expected=[])
    with pytest.raises(UserError) as caught:
        credentials_of({"exported": onnx, "staging": http_target()}, {})
    assert (
        "the environment variable ML_CI_STAGING_TOKEN is missing, so nothing is sent",
        "params.yaml, targets.staging.headers",
    ) == (caught.value.what, caught.value.where)
