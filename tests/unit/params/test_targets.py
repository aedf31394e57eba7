"""What a person reads when `targets` is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ml_ci.errors import UserError
from ml_ci.params.reading import read_section
from ml_ci.params.targets import MOST_TARGETS, HttpTarget, TargetsSettings
from tests.builders.own_servers import MISSING, changed
from tests.builders.target_settings import (
    CUSTOM,
    EXPECTED,
    HTTP,
    NOTHING,
    OPEN_INFERENCE,
    OURS,
    SAGEMAKER,
    TENSOR_INPUT,
    TF_SERVING,
)

CONTAINER = {"kind": "container", **NOTHING}
ONNX = {"kind": "onnx", **NOTHING}
DUMP = {"kind": "dump", **NOTHING, "expected": [EXPECTED]}
FP32 = {"kind": "tensor", "name": "input", "layout": "nhwc"}
TARGETS = {
    "container": CONTAINER,
    "onnx": ONNX,
    "dump": DUMP,
    "custom": HTTP,
    "ours": HTTP | {"protocol": OURS},
    "tf-serving": HTTP | {"protocol": TF_SERVING},
    "tf-serving-tensor": HTTP | {"protocol": TF_SERVING | {"input": TENSOR_INPUT}},
    "open-inference": HTTP | {"protocol": OPEN_INFERENCE},
    "open-inference-tensor": HTTP | {"protocol": OPEN_INFERENCE | {"input": FP32}},
    "sagemaker": HTTP | {"protocol": SAGEMAKER},
}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[Any], TargetsSettings]:
    """Writes and reads the section."""

    def write_and_read(targets: Any) -> TargetsSettings:
        stream = StringIO()
        YAML().dump({"targets": targets}, stream)
        path = tmp_path / "params.yaml"
        path.write_text(stream.getvalue(), encoding="utf-8")
        return read_section(TargetsSettings, path)

    return write_and_read


def refusal(read: Callable[[Any], TargetsSettings], targets: Any) -> tuple[str, str]:
    """What, fix."""
    with pytest.raises(UserError) as caught:
        read(targets)
    return caught.value.what, caught.value.fix


def keys_of(document: Any, above: str = "") -> list[str]:
    """Dotted keys of every setting; what is named or templated freely has none of its own."""
    free = ("headers", "tolerances", "body", "expected")
    keys = []
    for key, value in document.items():
        keys.append(f"{above}{key}")
        if isinstance(value, dict) and key not in free:
            keys += keys_of(value, f"{above}{key}.")
    return keys


EVERY_KEY = pytest.mark.parametrize(
    ("target", "key"),
    [
        pytest.param(target, key, id=f"{name}-{key}")
        for name, target in TARGETS.items()
        for key in keys_of(target)
    ],
)


@pytest.mark.parametrize("name", TARGETS)
def test_target__is_read(read: Callable[[Any], TargetsSettings], name: str) -> None:
    assert TARGETS[name]["kind"] == read({"mine": TARGETS[name]}).root["mine"].kind


@EVERY_KEY
def test_target__names_a_missing_key(
    read: Callable[[Any], TargetsSettings], target: dict[str, Any], key: str
) -> None:
    what, fix = refusal(read, {"mine": changed(target, key, MISSING)})
    assert f"the key `targets.mine.{key}` is missing" == what
    assert fix.startswith(f"add `{key.rpartition('.')[2]}:`; ")


@EVERY_KEY
def test_target__names_a_misspelt_key(
    read: Callable[[Any], TargetsSettings], target: dict[str, Any], key: str
) -> None:
    what, fix = refusal(read, {"mine": changed(target, f"{key}x", 1)})
    assert f"unknown key `targets.mine.{key}x`" == what
    assert f"{key.rpartition('.')[2]}" in fix.partition("known: ")[2].split(", ")


@EVERY_KEY
def test_target__names_a_value_of_the_wrong_type(
    read: Callable[[Any], TargetsSettings], target: dict[str, Any], key: str
) -> None:
    wrong: Any = 1.5 if key in ("expected", "protocol.input.shape") else [1.5]
    what, fix = refusal(read, {"mine": changed(target, key, wrong)})
    shown = "cannot be used, and is not shown" if key == "headers" else f"is {wrong}"
    assert what.startswith(f"`targets.mine.{key}` {shown}")
    assert fix.startswith("expected: ")


@pytest.mark.parametrize(
    ("targets", "what", "fix"),
    [
        (None, "`targets` is null", "expected: a mapping"),
        ([], "`targets` is []", "expected: a mapping"),
        (
            {},
            "the settings of `targets` do not go together",
            f"expected: 1 to {MOST_TARGETS} targets, here are 0",
        ),
        (
            {f"t{number}": ONNX for number in range(MOST_TARGETS + 1)},
            "the settings of `targets` do not go together",
            "expected: 1 to 16 targets, here are 17",
        ),
        (
            {"a": CONTAINER, "b": CONTAINER},
            "the settings of `targets` do not go together",
            "expected: one target of kind `container` at most, because `container` describes one",
        ),
        (
            {"a": "onnx"},
            "`targets.a` is 'onnx'",
            "expected: a mapping with the key `kind`, one of 'container', 'onnx', 'http', 'dump'",
        ),
        (
            {"a": ONNX | {"kind": "onxx"}},
            "`targets.a.kind` is 'onxx'",
            "expected: one of 'container', 'onnx', 'http', 'dump'",
        ),
    ],
    ids=["null", "a list", "none", "too many", "two containers", "text", "wrong kind"],
)
def test_targets__say_what_was_expected(
    read: Callable[[Any], TargetsSettings], targets: Any, what: str, fix: str
) -> None:
    assert (what, fix) == refusal(read, targets)


def test_targets__are_as_many_as_a_table_has_columns_for(
    read: Callable[[Any], TargetsSettings],
) -> None:
    many = {f"t{number}": ONNX for number in range(MOST_TARGETS)}
    assert list(many) == list(read(many).root)


@pytest.mark.parametrize(
    "name", ["Server", "1st", "-a", "a_b", "a b", "../a", "a" * 32, "", "reference", "deployed"]
)
def test_targets__names_are_plain_and_free(
    read: Callable[[Any], TargetsSettings], name: str
) -> None:
    assert (
        f"`targets` has the name {name!r}",
        "expected: up to 31 small letters, digits and `-`, a letter first, "
        "and neither reference nor deployed",
    ) == refusal(read, {name: ONNX})


@pytest.mark.parametrize("name", ["a", "a" * 31, "edge-2", "server"])
def test_targets__take_plain_names(read: Callable[[Any], TargetsSettings], name: str) -> None:
    assert [name] == list(read({name: ONNX}).root)


def test_tolerances__are_read(read: Callable[[Any], TargetsSettings]) -> None:
    target = read({"a": ONNX | {"tolerances": {"logits": 0.5, "resized": 1}}}).root["a"]
    assert {"logits": 0.5, "resized": 1.0} == target.tolerances


@pytest.mark.parametrize(
    ("tolerances", "what", "fix"),
    [
        (
            {"logit": 0.1},
            "`targets.a.tolerances` has the name 'logit'",
            "expected: one of resized, tensor, logits, probabilities, which have a noise floor",
        ),
        (
            {"image": 0.1},
            "`targets.a.tolerances` has the name 'image'",
            "expected: one of resized, tensor, logits, probabilities, which have a noise floor",
        ),
        (
            {"logits": -0.1},
            "`targets.a.tolerances.logits` is -0.1",
            "expected: greater than or equal to 0",
        ),
    ],
)
def test_tolerances__say_what_was_expected(
    read: Callable[[Any], TargetsSettings], tolerances: Any, what: str, fix: str
) -> None:
    assert (what, fix) == refusal(read, {"a": ONNX | {"tolerances": tolerances}})


def test_expected__is_read(read: Callable[[Any], TargetsSettings]) -> None:
    (expected,) = read({"a": DUMP}).root["a"].expected
    assert ("decoded", None, 2.0, date(2026, 12, 31)) == (
        expected.step,
        expected.change,
        expected.largest,
        expected.until,
    )


@pytest.mark.parametrize(
    ("key", "value", "what", "fix"),
    [
        (
            "step",
            "decode",
            ".step` is 'decode'",
            "expected: one of received, decoded, image, resized, tensor, logits, probabilities, "
            "label",
        ),
        ("largest", -1.0, ".largest` is -1.0", "expected: greater than or equal to 0"),
        ("reason", "", ".reason` is ''", "expected: String should have at least 1 character"),
        (
            "until",
            "soon",
            ".until` is 'soon'",
            'expected: a date in quotes, like "2026-12-31"',
        ),
        (
            "until",
            "2026-02-30",
            ".until` is '2026-02-30'",
            'expected: a date in quotes, like "2026-12-31"',
        ),
        (
            "until",
            "20261231",
            ".until` is '20261231'",
            'expected: a date in quotes, like "2026-12-31"',
        ),
        (
            "until",
            date(2026, 12, 31),
            ".until` is a date to YAML, which settings do not know",
            "put it in quotes if text is meant",
        ),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_expected__says_what_was_expected(
    read: Callable[[Any], TargetsSettings], key: str, value: Any, what: str, fix: str
) -> None:
    target = DUMP | {"expected": [EXPECTED | {key: value}]}
    assert (f"`targets.a.expected.0{what}", fix) == refusal(read, {"a": target})


@pytest.mark.parametrize("change", [None, "float16"])
def test_expected__is_a_change_or_a_largest_error(
    read: Callable[[Any], TargetsSettings], change: str | None
) -> None:
    both_or_none = EXPECTED | {"change": change, "largest": None if change is None else 1.0}
    assert (
        "the settings of `targets.a.expected.0` do not go together",
        "expected: exactly one of `change` and `largest`, and null for the other",
    ) == refusal(read, {"a": DUMP | {"expected": [both_or_none]}})


def test_http__keeps_address_and_headers(read: Callable[[Any], TargetsSettings]) -> None:
    target = read({"staging": HTTP}).root["staging"]
    assert isinstance(target, HttpTarget)
    expected = ("https://models.example.com/digits", {"Authorization": "ML_CI_STAGING_TOKEN"})
    assert expected == (target.url, target.headers)


@pytest.mark.parametrize(
    "url",
    ["models.example.com", "https://me:s3cret@a", "https://a/?key=s3cret", "ftp://me:s3cret@a"],
)
def test_http__shows_no_address_that_may_hold_a_secret(
    read: Callable[[Any], TargetsSettings], url: str
) -> None:
    what, fix = refusal(read, {"staging": HTTP | {"url": url}})
    assert "`targets.staging.url` cannot be used, and is not shown, as it may be a secret" == what
    assert fix.startswith(
        "expected: the address of a server, like https://models.example.com, without credentials "
        "and without a query; it "
    )
    assert "s3cret" not in what + fix


@pytest.mark.parametrize(
    "variable", ["Bearer s3cret", "hf_s3cret", "s3cret", "$TOKEN", "", None, 5, ["s3cret"]]
)
def test_http__shows_no_header_that_may_be_a_secret(
    read: Callable[[Any], TargetsSettings], variable: Any
) -> None:
    what, fix = refusal(read, {"staging": HTTP | {"headers": {"Authorization": variable}}})
    assert (
        "`targets.staging.headers.Authorization` cannot be used, and is not shown, "
        "as it may be a secret",
        "expected: the name of an environment variable in capitals, like ML_CI_STAGING_TOKEN, "
        "which holds the header's value",
    ) == (what, fix)


@pytest.mark.parametrize("headers", ["Authorization: s3cret", ["s3cret"], None])
def test_http__shows_no_headers_that_are_no_mapping(
    read: Callable[[Any], TargetsSettings], headers: Any
) -> None:
    what, fix = refusal(read, {"staging": HTTP | {"headers": headers}})
    assert "expected: a mapping of headers to environment variables" == fix
    assert "s3cret" not in what


@pytest.mark.parametrize("name", ["Host", "content-type", "X Y", "X:Y", "X\nY", ""])
def test_http__names_a_header_that_cannot_be_given(
    read: Callable[[Any], TargetsSettings], name: str
) -> None:
    what, fix = refusal(read, {"staging": HTTP | {"headers": {name: "TOKEN"}}})
    assert (
        f"`targets.staging.headers` has the name {name!r}",
        "expected: the name of a header that the client does not set itself",
    ) == (what, fix)


def test_http__sends_no_secret_unencrypted(read: Callable[[Any], TargetsSettings]) -> None:
    assert (
        "the settings of `targets.staging` do not go together",
        "expected: https://… for a server that gets `headers`; "
        "credentials would be sent unencrypted",
    ) == refusal(read, {"staging": HTTP | {"url": "http://models.example.com"}})


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://models.example.com", "headers": {}},
        {"url": "http://127.0.0.1:8080"},
        {"url": "http://localhost:8080"},
    ],
    ids=["no headers", "loopback", "localhost"],
)
def test_http__takes_an_unencrypted_address_where_nothing_is_secret(
    read: Callable[[Any], TargetsSettings], changes: dict[str, Any]
) -> None:
    assert "http" == read({"staging": HTTP | changes}).root["staging"].kind


@pytest.mark.parametrize(
    ("protocol", "key", "value", "fix"),
    [
        (
            TF_SERVING,
            "kind",
            "tf",
            "expected: one of 'ml-ci', 'custom', 'tf-serving', 'open-inference', 'sagemaker'",
        ),
        (TF_SERVING, "version", "1", "expected: a valid integer"),
        (TF_SERVING, "version", 0, "expected: greater than 0"),
        (TF_SERVING, "input.kind", "bytes", "expected: one of 'image', 'tensor'"),
        (TF_SERVING, "answer.probabilities", "a[", "expected: a JMESPath expression ("),
        (OPEN_INFERENCE, "model", "a/b", "expected: String should match pattern"),
        (OPEN_INFERENCE, "version", 1, "expected: text; in quotes"),
        (OPEN_INFERENCE, "input.encoding", "hex", "expected: 'base64' or 'binary'"),
        (OPEN_INFERENCE, "input.shape", [2], "expected: 1"),
        (OPEN_INFERENCE, "outputs.label", "a'b", "expected: the name of a tensor, without quotes"),
        (SAGEMAKER, "request.kind", "image", "expected: one of 'json', 'base64', 'raw', "),
        (CUSTOM, "trace", "rungs", "expected: a path that begins with one `/`"),
    ],
    ids=lambda value: repr(value)[:30] if not isinstance(value, dict) else str(value["kind"]),
)
def test_protocol__says_what_was_expected(
    read: Callable[[Any], TargetsSettings],
    protocol: dict[str, Any],
    key: str,
    value: Any,
    fix: str,
) -> None:
    target = HTTP | {"protocol": changed(protocol, key, value)}
    what, found = refusal(read, {"staging": target})
    assert what.startswith(f"`targets.staging.protocol.{key}")
    assert found.startswith(fix)


def test_protocol__has_an_output_that_tells_something(
    read: Callable[[Any], TargetsSettings],
) -> None:
    outputs = {"label": None, "label_as": "name", "probabilities": None, "logits": None}
    target = HTTP | {"protocol": OPEN_INFERENCE | {"outputs": outputs}}
    assert (
        "the settings of `targets.staging.protocol.outputs` do not go together",
        "expected: at least one of `label`, `probabilities` and `logits`",
    ) == refusal(read, {"staging": target})
