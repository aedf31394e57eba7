"""Findings become annotations, each at the line it is about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ml_ci.commands.findings import all_findings, report_findings
from ml_ci.github.annotations import Annotation
from ml_ci.report.schema import GateCheck, Outcome
from tests.builders.datasets import put
from tests.builders.params import PARAMS
from tests.builders.reports import report as report_of

TRACEBACK = """\
Traceback (most recent call last):
  File "{root}/ml_ci/stages/train.py", line 20, in body
  File "{root}/ml_ci/model/network.py", line 12, in build_network
  File "{root}/.venv/lib/python3.11/site-packages/torch/nn.py", line 3, in forward
RuntimeError: shapes do not fit
"""


@pytest.fixture(autouse=True)
def _checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "params.yaml", PARAMS.encode())
    put(tmp_path / "dvc.lock", b"")
    put(tmp_path / "ml_ci/model/network.py", b"")
    monkeypatch.chdir(tmp_path)


def record(message: str, *, status: str = "failed", stage: str = "train") -> None:
    entry = {"stage": stage, "status": status, "started": "", "seconds": 1.0, "message": message}
    put(Path(".ml-ci/stages", f"{stage}.json"), json.dumps(entry).encode())


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(PARAMS.splitlines(), 1) if text in line)


def only(found: list[Annotation]) -> Annotation:
    assert len(found) == 1, found
    return found[0]


def test_params__each_problem_at_its_line() -> None:
    text = PARAMS.replace("seed: 7", "seed: seven").replace("min_golden: 12", "min_golden: -1")
    put(Path("params.yaml"), text.encode())
    places = {(one.file, one.line) for one in all_findings()}
    expected = {("params.yaml", line_of("min_golden")), ("params.yaml", line_of("seed: 7"))}
    assert expected == places


def test_stage__a_problem_with_a_place() -> None:
    record("the key is odd\n  where: params.yaml:3\n  fix:   correct it")
    expected = Annotation(
        level="error",
        title="train failed",
        message="the key is odd\ncorrect it",
        file="params.yaml",
        line=3,
    )
    assert expected == only(all_findings())


def test_stage__several_problems() -> None:
    one = "{} is odd\n  where: params.yaml:{}\n  fix:   correct it"
    record("2 problems\n" + one.format("this", 3) + "\n" + one.format("that", 5))
    assert [3, 5] == [found.line for found in all_findings()]


@pytest.mark.parametrize("where", ["/etc/passwd:1", "../secret:1", "nowhere.py:1", "environment"])
def test_stage__a_place_outside_of_the_checkout_stays_in_the_words(where: str) -> None:
    record(f"it is odd\n  where: {where}\n  fix:   correct it")
    found = only(all_findings())
    assert (None, f"it is odd\nwhere: {where}\ncorrect it") == (found.file, found.message)


def test_stage__a_bug_at_the_innermost_line_of_ours(tmp_path: Path) -> None:
    record(TRACEBACK.format(root=tmp_path))
    found = only(all_findings())
    assert ("ml_ci/model/network.py", 12, "RuntimeError: shapes do not fit") == (
        found.file,
        found.line,
        found.message,
    )


def test_stage__that_was_killed() -> None:
    record("", status="running")
    assert "train was killed" == only(all_findings()).title


def test_nothing_failed_and_no_report() -> None:
    record("", status="done")
    assert "no report" == only(all_findings()).title


def test_gate__at_the_line_of_the_threshold() -> None:
    check = GateCheck(name="macro F1", outcome="fail", sentence="0.5, at least 0.9 is asked for")
    expected = Annotation(
        level="error",
        title="macro F1",
        message="0.5, at least 0.9 is asked for",
        file="params.yaml",
        line=line_of("macro_f1:"),
    )
    assert expected == only(report_findings(report_of().model_copy(update={"gate": (check,)})))


@pytest.mark.parametrize(
    ("name", "file"),
    [("golden answers", "metrics/golden.json"), ("golden set", "data.manifest.csv")],
)
def test_gate__at_the_file_it_is_about(name: str, file: str) -> None:
    put(Path(file), b"")
    check = GateCheck(name=name, outcome="fail", sentence="2 moved")
    found = only(report_findings(report_of().model_copy(update={"gate": (check,)})))
    assert (file, None) == (found.file, found.line)


def test_gate__without_a_threshold_has_no_place() -> None:
    check = GateCheck(name="parity of server", outcome="incomplete", sentence="one is missing")
    assert None is only(report_findings(report_of().model_copy(update={"gate": (check,)}))).file


@pytest.mark.parametrize(
    ("outcome", "levels"),
    [
        pytest.param("pass", [], id="fresh"),
        pytest.param("warn", ["warning"], id="stale, only said"),
        pytest.param("fail", ["error"], id="stale, and the gate closes"),
        pytest.param("incomplete", ["error"], id="unknown, and the gate closes"),
    ],
)
def test_gate__a_warning_is_one(outcome: Outcome, levels: list[str]) -> None:
    check = GateCheck(name="dvc.lock", outcome=outcome, sentence="said")
    found = report_findings(report_of().model_copy(update={"gate": (check,)}))
    assert [(level, "dvc.lock", "said") for level in levels] == [
        (one.level, one.file, one.message) for one in found
    ]
