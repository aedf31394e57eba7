"""What a person reads when the settings of a server are wrong."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ml_ci.errors import UserError
from ml_ci.params.container import ContainerSettings
from ml_ci.params.reading import read_section
from tests.builders.own_servers import DOCKERFILE, IMAGE, MISSING, changed
from tests.builders.target_settings import OPEN_INFERENCE, SAGEMAKER, TF_SERVING

LIMITS = {"engine": "auto", "memory_mb": 512, "ready_seconds": 60.0, "stop_seconds": 10.0}
TENSOR = {
    "kind": "tensor",
    "body": {"data": "<tensor>"},
    "layout": "nchw",
    "numbers": "flat",
}
MULTIPART = {"kind": "multipart", "field": "file", "fields": {}}
BASE64 = {"kind": "base64", "alphabet": "standard", "content_type": "text/plain"}
RAW = {"kind": "raw", "content_type": "image/png"}
BINARY = {"kind": "binary", "input": "image", "shape": [1]}
SERVERS = {
    "project": {"kind": "project", "base": "python:3.11"},
    "dockerfile": DOCKERFILE,
    "image": IMAGE,
    "tensor": changed(IMAGE, "predict.request", TENSOR),
    "multipart": changed(IMAGE, "predict.request", MULTIPART),
    "base64": changed(IMAGE, "predict.request", BASE64),
    "raw": changed(IMAGE, "predict.request", RAW),
    "binary": changed(IMAGE, "predict.request", BINARY),
    "tf-serving": changed(IMAGE, "predict", TF_SERVING),
    "open-inference": changed(IMAGE, "predict", OPEN_INFERENCE),
    "sagemaker": changed(IMAGE, "predict", SAGEMAKER),
}


def keys_of(document: Any, above: str = "") -> list[str]:
    """Dotted keys of every setting: what stands in templates and mappings is free."""
    free = ("body", "environment", "build_args", "fields")
    keys = []
    for key, value in document.items():
        keys.append(f"{above}{key}")
        if isinstance(value, dict) and key not in free:
            keys += keys_of(value, f"{above}{key}.")
    return keys


KEYS = [
    pytest.param(server, key, id=f"{name}-{key}")
    for name, server in SERVERS.items()
    for key in keys_of(server)
]
EVERY_KEY = pytest.mark.parametrize(("server", "key"), KEYS)
# Without a `kind`, `predict` is meant as written out by hand
EVERY_NEEDED_KEY = pytest.mark.parametrize(
    ("server", "key"), [one for one in KEYS if one.values[1] != "predict.kind"]
)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., ContainerSettings]:
    """Writes and reads the section with a server and other limits."""

    def write_and_read(server: Any, *, flow: bool = False, **limits: Any) -> ContainerSettings:
        yaml = YAML()
        yaml.default_flow_style = flow
        stream = StringIO()
        yaml.dump({"container": LIMITS | {"server": server} | limits}, stream)
        path = tmp_path / "params.yaml"
        path.write_text(stream.getvalue(), encoding="utf-8")
        return read_section(ContainerSettings, path)

    return write_and_read


def refusal(read: Callable[..., ContainerSettings], server: Any, **options: Any) -> UserError:
    with pytest.raises(UserError) as caught:
        read(server, **options)
    return caught.value


@pytest.mark.parametrize("name", SERVERS)
def test_server__is_read(read: Callable[..., ContainerSettings], name: str) -> None:
    assert SERVERS[name]["kind"] == read(SERVERS[name]).server.kind


@EVERY_NEEDED_KEY
def test_server__names_a_missing_key(
    read: Callable[..., ContainerSettings], server: dict[str, Any], key: str
) -> None:
    error = refusal(read, changed(server, key, MISSING))
    assert f"the key `container.server.{key}` is missing" == error.what
    assert error.fix.startswith(f"add `{key.rpartition('.')[2]}:`; ")


@EVERY_KEY
def test_server__names_a_misspelt_key(
    read: Callable[..., ContainerSettings], server: dict[str, Any], key: str
) -> None:
    error = refusal(read, changed(server, f"{key}x", 1))
    introduction, _, known = error.fix.partition("known: ")
    assert (
        f"unknown key `container.server.{key}x`",
        "remove it or correct its spelling; ",
        set(siblings_of(server, key)),
    ) == (error.what, introduction, set(known.split(", ")))


def siblings_of(server: dict[str, Any], key: str) -> list[str]:
    node: Any = server
    for part in key.split(".")[:-1]:
        node = node[part]
    return list(node)


@EVERY_KEY
def test_server__names_a_value_of_the_wrong_type(
    read: Callable[..., ContainerSettings], server: dict[str, Any], key: str
) -> None:
    lists = ("command", "predict.request.shape", "predict.input.shape")
    wrong: Any = {"a": 1} if key in lists else [1]
    error = refusal(read, changed(server, key, wrong))
    assert f"`container.server.{key}` is {wrong}" == error.what
    assert error.fix.startswith("expected: ")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("dockerfile", "Dockerfile", "a file below server/"),
        ("dockerfile", "/server/Dockerfile", "a file below server/"),
        ("dockerfile", "server/../Dockerfile", "a file below server/"),
        ("dockerfile", "server", "a file below server/"),
        ("dockerfile", "servers/Dockerfile", "a file below server/"),
        ("port", 0, "greater than or equal to 1"),
        ("port", 65536, "less than or equal to 65535"),
        ("port", "80", "a valid integer"),
        ("confined", "yes", "a valid boolean"),
        ("ready", "health", "a path that begins with one `/`"),
        ("ready", "http://host/health", "a path that begins with one `/`"),
        ("ready", "//host/health", "a path that begins with one `/`"),
        ("ready", "/he alth", "a path that begins with one `/`"),
        ("ready", "/größe", "a path that begins with one `/`"),
        ("ready", "/a#b", "a path that begins with one `/`"),
        ("trace", "rungs", "a path that begins with one `/`"),
        ("predict.path", "", "a path that begins with one `/`"),
        ("build_network", "host", "'none' or 'default'"),
        ("environment.WORKERS", 4, "text; in quotes where YAML takes it for something else"),
        ("predict.request.alphabet", "url", "'standard' or 'urlsafe'"),
        ("predict.answer.label_as", "number", "'name' or 'index'"),
        (
            "predict.answer.label",
            "a[",
            'a JMESPath expression (Invalid jmespath expression: Incomplete expression: "a[" ^)',
        ),
        ("predict.answer.label", "", "a JMESPath expression (Invalid JMESPath expression: cannot"),
        (
            "predict.answer.probabilities",
            "best(@)",
            "a JMESPath expression (Unknown function: best()",
        ),
        (
            "predict.answer.logits",
            "keys(@, @)",
            "a JMESPath expression (Expected 1 argument for function keys(), received 2)",
        ),
        (
            "predict",
            {"kind": "tf"},
            "one of 'tf-serving', 'open-inference', 'sagemaker'; or none, and the keys path, "
            "request, answer",
        ),
        ("predict.request.body", {"a": 1}, "a JSON template with '<image>' in one of its values"),
        (
            "predict.request.body",
            {"<image>": 1},
            "a JSON template with '<image>' in one of its values",
        ),
        ("predict.request.body", None, "a JSON template with '<image>' in one of its values"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_server__says_what_was_expected(
    read: Callable[..., ContainerSettings], key: str, value: Any, message: str
) -> None:
    error = refusal(read, changed(DOCKERFILE, key, value))
    if key == "predict":
        key, value = "predict.kind", value["kind"]
    shown = "null" if value is None else repr(value)
    assert f"`container.server.{key}` is {shown}" == error.what
    assert error.fix.startswith(f"expected: {message}")


@pytest.mark.parametrize("value", ["models", "/", "/models/../etc"])
def test_server__mounts_models_in_a_folder(
    read: Callable[..., ContainerSettings], value: str
) -> None:
    error = refusal(read, changed(IMAGE, "models_at", value))
    assert "expected: a folder like /models, from the root of the container" == error.fix


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"data": [1]}, "a JSON template with '<tensor>' as one of its values"),
        ({"data": "[<tensor>]"}, "a JSON template with '<tensor>' as one of its values"),
        (
            {"data": "<tensor>", "shape": "shape <shape>"},
            "'<tensor>' and '<shape>' as values of their own: both become lists",
        ),
    ],
    ids=["none", "inside a string", "shape inside a string"],
)
def test_server__replaces_entire_values_by_tensors(
    read: Callable[..., ContainerSettings], body: Any, message: str
) -> None:
    error = refusal(read, changed(SERVERS["tensor"], "predict.request.body", body))
    assert f"expected: {message}" == error.fix


@pytest.mark.parametrize("value", ["png", "image/png\r\nx: y", "image /png"])
@pytest.mark.parametrize("name", ["raw", "base64"])
def test_server__refuses_what_is_no_media_type(
    read: Callable[..., ContainerSettings], name: str, value: str
) -> None:
    error = refusal(read, changed(SERVERS[name], "predict.request.content_type", value))
    assert "expected: a media type like image/png or application/octet-stream" == error.fix


def test_server__takes_a_media_type_with_a_parameter(
    read: Callable[..., ContainerSettings],
) -> None:
    server = changed(SERVERS["base64"], "predict.request.content_type", "text/plain; charset=utf-8")
    assert "base64" == read(server).server.predict.request.kind  # type: ignore[union-attr]


@pytest.mark.parametrize("expression", ["max_by(@, &score).label", "keys(@)[0]", "sum(a)"])
def test_server__takes_functions_in_expressions(
    read: Callable[..., ContainerSettings], expression: str
) -> None:
    read(changed(IMAGE, "predict.answer.label", expression))


def test_server__tells_something(read: Callable[..., ContainerSettings]) -> None:
    answer = {"label": None, "label_as": "name", "probabilities": None, "logits": None}
    error = refusal(read, changed(IMAGE, "predict.answer", answer))
    assert (
        "the settings of `container.server.predict.answer` do not go together",
        "expected: at least one of `label`, `probabilities` and `logits`",
    ) == (error.what, error.fix)


@pytest.mark.parametrize("name", ["dockerfile", "image"])
def test_server__of_somebody_else_needs_a_container(
    read: Callable[..., ContainerSettings], name: str
) -> None:
    error = refusal(read, SERVERS[name], engine="process")
    assert (
        "the settings of `container` do not go together",
        "expected: `engine: auto` or `docker`, because only the project's own server "
        "(`server: {kind: project}`) can run without a container",
    ) == (error.what, error.fix)


def test_server__of_the_project_may_be_a_process(read: Callable[..., ContainerSettings]) -> None:
    assert "process" == read(SERVERS["project"], engine="process").engine
