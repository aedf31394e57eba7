"""Problems of params.yaml: the right key, the right line, the right hint, in any style of YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ml_ci.errors import CombinedUserError, UserError
from ml_ci.params.container import ContainerSettings
from ml_ci.params.predict import JsonRequest
from ml_ci.params.reading import read_section

LIMITS = """\
container:
  engine: auto
  memory_mb: 512
  ready_seconds: 60.0
  stop_seconds: 10.0
"""
OWN = """\
  server:
    kind: image
    image: mine:1
    command: null
    models_at: null
    port: 8000
    ready: /health
    environment: {}
    confined: true
    trace: null
    predict:
      path: /predict
      request:
        kind: json
        alphabet: standard
        body: BODY
      answer: {label: label, label_as: name, probabilities: null, logits: null}
"""
BODY_LINE = 21


def write(folder: Path, server: str) -> Path:
    path = folder / "params.yaml"
    path.write_text(LIMITS + server, encoding="utf-8")
    return path


def problem(folder: Path, server: str) -> tuple[str, str, str]:
    """What, line, fix."""
    path = write(folder, server)
    with pytest.raises(UserError) as caught:
        read_section(ContainerSettings, path)
    error = caught.value
    assert not isinstance(error, CombinedUserError), error
    return error.what, error.where.removeprefix(f"{path}:"), error.fix


def body_of(folder: Path, body: str) -> Any:
    section = read_section(ContainerSettings, write(folder, OWN.replace("BODY", body)))
    assert section.server.kind == "image"
    assert isinstance(section.server.asked.request, JsonRequest)
    return section.server.asked.request.body


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        pytest.param(
            "  server: {kind: projekt, base: x}\n",
            (
                "`container.server.kind` is 'projekt'",
                "6",
                "expected: one of 'project', 'dockerfile', 'image'",
            ),
            id="wrong kind",
        ),
        pytest.param(
            "  server:\n    # ours\n    base: x\n    kind: projekt\n",
            (
                "`container.server.kind` is 'projekt'",
                "9",
                "expected: one of 'project', 'dockerfile', 'image'",
            ),
            id="wrong kind in a block",
        ),
        pytest.param(
            "  server: {kind: 3, base: x}\n",
            (
                "`container.server.kind` is 3",
                "6",
                "expected: one of 'project', 'dockerfile', 'image'",
            ),
            id="number as kind",
        ),
        pytest.param(
            "  server: {base: x}\n",
            (
                "the key `container.server.kind` is missing",
                "6",
                "add `kind:`; one of 'project', 'dockerfile', 'image'",
            ),
            id="no kind",
        ),
        pytest.param(
            "  server: project\n",
            (
                "`container.server` is 'project'",
                "6",
                "expected: a mapping with the key `kind`, one of 'project', 'dockerfile', 'image'",
            ),
            id="no mapping",
        ),
        pytest.param(
            "  server: {kind: project,\n    base: x,\n    bas: y}\n",
            (
                "unknown key `container.server.bas`",
                "8",
                "remove it or correct its spelling; known: kind, base",
            ),
            id="unknown key in flow style",
        ),
        pytest.param(
            "  server:\n    kind: project\n",
            (
                "the key `container.server.base` is missing",
                "6",
                "add `base:`; every key has to be there, nothing is assumed",
            ),
            id="missing key",
        ),
        pytest.param(
            OWN.replace("body: BODY", "bodi: x\n        body: <image>"),
            (
                "unknown key `container.server.predict.request.bodi`",
                "21",
                "remove it or correct its spelling; known: kind, body, alphabet",
            ),
            id="unknown key in a union in a union",
        ),
        pytest.param(
            OWN.replace("kind: json", "kind: jason").replace("BODY", "<image>"),
            (
                "`container.server.predict.request.kind` is 'jason'",
                "19",
                "expected: one of 'json', 'base64', 'raw', 'multipart', 'tensor', 'binary'",
            ),
            id="wrong kind in a union",
        ),
        pytest.param(
            OWN.replace("BODY", "<image>").replace("label: label", "label: 3"),
            (
                "`container.server.predict.answer.label` is 3",
                "22",
                "expected: text; in quotes where YAML takes it for something else",
            ),
            id="number as text",
        ),
        pytest.param(
            OWN.replace("predict:\n", "predict: /predict\n").partition("      path")[0],
            (
                "`container.server.predict` is '/predict'",
                "16",
                "expected: a mapping with the keys path, request, answer",
            ),
            id="text as mapping",
        ),
    ],
)
def test_read_section__names_key_line_and_remedy(
    tmp_path: Path, server: str, expected: tuple[str, str, str]
) -> None:
    assert expected == problem(tmp_path, server)


def test_read_section__shows_a_long_value_in_part(tmp_path: Path) -> None:
    what, line, _ = problem(tmp_path, OWN.replace("BODY", f"{{a: {'x' * 1000}}}"))
    start = "`container.server.predict.request.body` is {'a': 'xxx"
    assert (start, "…", str(BODY_LINE)) == (what[: len(start)], what[-1], line)
    assert len(what) < 130


def test_read_section__points_at_the_mapping_that_merges_a_key(tmp_path: Path) -> None:
    server = "  server:\n    <<: {base: 3}\n    kind: project\n"
    what, line, _ = problem(tmp_path, server)
    assert ("`container.server.base` is 3", "6") == (what, line)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("{when: 2026-01-01, x: <image>}", "body.when` is a date", id="date"),
        pytest.param("[<image>, 2026-01-01T10:00:00Z]", "body.1` is a time", id="time"),
        pytest.param("{x: <image>, y: !!binary aGk=}", "body.y` is binary data", id="binary"),
        pytest.param("{x: <image>, y: !!set {a, b}}", "body.y` is a set", id="set"),
        pytest.param("{x: <image>, y: !mine z}", "body.y` is a value with a tag", id="tag"),
    ],
)
def test_read_section__refuses_what_json_does_not_have(
    tmp_path: Path, body: str, expected: str
) -> None:
    assert (
        f"`container.server.predict.request.{expected} to YAML, which settings do not know",
        str(BODY_LINE),
        "put it in quotes if text is meant",
    ) == problem(tmp_path, OWN.replace("BODY", body))


@pytest.mark.parametrize(("number", "shown"), [(".nan", "nan"), ("-.inf", "-inf")])
def test_read_section__refuses_numbers_that_are_not_finite(
    tmp_path: Path, number: str, shown: str
) -> None:
    what, _, fix = problem(tmp_path, OWN.replace("BODY", f"{{x: <image>, y: {number}}}"))
    assert f"`container.server.predict.request.body.y` is {shown}" == what
    assert "expected: a finite number" == fix


@pytest.mark.parametrize("key", ["true", "null", "1.5", "[a, b]", "2026-01-01"])
def test_read_section__refuses_keys_that_are_no_text(tmp_path: Path, key: str) -> None:
    what, _, fix = problem(tmp_path, OWN.replace("BODY", f"{{x: <image>, ? {key} : 1}}"))
    assert what.startswith("`container.server.predict.request.body` has the key ")
    assert "put it in quotes if text is meant" == fix


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param("<image>", "<image>", id="plain text"),
        pytest.param(
            "[<image>, 'a', \"b\", 0x1F, 1_0, 1e3, 0.5, true, null, ~, 12:30]",
            ["<image>", "a", "b", 31, 10, 1000.0, 0.5, True, None, None, "12:30"],
            id="scalars",
        ),
        pytest.param(
            "[<image>, &i 3, *i, &f 1.5, *f, &b true, *b, &s 'x', *s, &n null, *n]",
            ["<image>", 3, 3, 1.5, 1.5, True, True, "x", "x", None, None],
            id="anchors and aliases",
        ),
        pytest.param(
            "{a: &a {x: <image>, y: 1}, b: {<<: *a, y: 2}}",
            {"a": {"x": "<image>", "y": 1}, "b": {"x": "<image>", "y": 2}},
            id="merge key",
        ),
        pytest.param("{x: <image>, 1: 2}", {"x": "<image>", "1": 2}, id="number as key"),
        pytest.param(
            "\n          x: |\n            <image>\n          y: >-\n            a\n            b",
            {"x": "<image>\n", "y": "a b"},
            id="block scalars",
        ),
    ],
)
def test_read_section__makes_plain_values_of_a_template(
    tmp_path: Path, body: str, expected: Any
) -> None:
    found = body_of(tmp_path, body)
    assert (expected, types_of(expected)) == (found, types_of(found))


def types_of(node: Any) -> Any:
    """Exact types: ruamel's own are subclasses that JSON and pydantic take for others."""
    match node:
        case dict():
            return (type(node), {key: types_of(value) for key, value in node.items()})
        case list():
            return (type(node), [types_of(value) for value in node])
    return type(node)


def test_read_section__names_the_line_of_broken_yaml(tmp_path: Path) -> None:
    what, line, fix = problem(tmp_path, "  server: {kind: project\n  x: y\n")
    assert "is not valid YAML: while parsing" not in what
    assert "expected ',' or '}'" in what
    assert line.isdigit()
    assert fix.startswith("correct this place or the lines above it")


def test_read_section__names_a_key_that_stands_there_twice(tmp_path: Path) -> None:
    what, line, _ = problem(tmp_path, "  server: {kind: project, base: x}\n  engine: docker\n")
    assert 'found duplicate key "engine"' in what
    assert "7" == line
