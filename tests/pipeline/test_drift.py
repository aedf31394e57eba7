"""Drift: the real server as production has it, and one that has drifted away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from ml_ci.artifacts import paths
from ml_ci.engines.process import ProcessEngine
from tests.builders.http_server import Received, Respond, response, serving
from tests.builders.project import Project

SECRET = "s3cret-of-production"  # noqa: S105
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def project(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    return finished.copy(tmp_path_factory.mktemp("drift") / "repository")


@pytest.fixture(scope="module")
def production(project: Project) -> Iterator[str]:
    """The server of the project without its trace routes."""
    environments = ROOT / paths.STATE / "serving-env"
    engine = ProcessEngine(
        environments=environments, ready_seconds=30.0, stop_seconds=5.0, trace=False
    )
    with engine.running(project.folder / paths.BUILD_CONTEXT) as server:
        yield server.url


def drift_of(project: Project) -> dict[str, object]:
    content = (project.folder / "reports/drift.json").read_text(encoding="utf-8")
    result: dict[str, object] = json.loads(content)["result"]
    return result


def gateway(production: str, change: bytes = b"") -> Respond:
    """What stands before production: asks for credentials, may change answers."""

    def respond(request: Received) -> bytes:
        if request.authorization != f"Bearer {SECRET}":
            return response(f"you sent {request.authorization}".encode(), status="401 No")
        method = "POST" if request.body else "GET"
        answer = httpx.request(
            method,
            production + request.path,
            content=request.body,
            headers={"content-type": "application/json"},
            trust_env=False,
        )
        return response(change or answer.content if method == "POST" else answer.content)

    return respond


def test_drift__is_none_while_production_answers_as_the_reference(
    project: Project, production: str
) -> None:
    done = project.ml_ci("drift", "--url", production)

    assert (0, "pass", 12) == (done.code, drift_of(project)["verdict"], drift_of(project)["golden"])


def test_drift__compares_labels_and_probabilities_without_trace_routes(
    project: Project, production: str
) -> None:
    project.ml_ci("drift", "--url", production)

    assert (
        "training and serving agree on 12 of 12 images, compared at probabilities, label"
        == drift_of(project)["sentence"]
    )


def test_drift__is_found(
    project: Project, production: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ML_CI_TARGET_AUTHORIZATION", f"Bearer {SECRET}")
    answer = {"predictions": [{"label": "both", "probabilities": [0.1, 0.8, 0.1]}]}

    with serving(gateway(production, json.dumps(answer).encode())) as url:
        done = project.ml_ci("drift", "--url", url)

    assert (1, "probabilities") == (done.code, drift_of(project)["first_step"]), done.output


def test_drift__sends_its_credentials(
    project: Project, production: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ML_CI_TARGET_AUTHORIZATION", f"Bearer {SECRET}")

    with serving(gateway(production)) as url:
        done = project.ml_ci("drift", "--url", url)

    assert 0 == done.code, done.output


def test_drift__leaves_its_credentials_in_no_file_and_no_log(
    project: Project, production: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ML_CI_TARGET_AUTHORIZATION", f"Bearer wrong-{SECRET}")

    with serving(gateway(production)) as url:
        done = project.ml_ci("drift", "--url", url)

    written = [*(project.folder / "reports").iterdir(), *(project.folder / "trace").rglob("*.json")]
    texts = [done.output, *(path.read_text(encoding="utf-8") for path in written)]
    assert (3, []) == (done.code, [text for text in texts if SECRET in text])


def test_drift__of_a_server_that_is_gone_is_incomplete(project: Project) -> None:
    with serving(lambda _: response(b"")) as url:
        pass

    done = project.ml_ci("drift", "--url", url)

    assert (3, "incomplete") == (done.code, drift_of(project)["verdict"])


def test_drift__needs_a_current_reference(project: Project, tmp_path: Path) -> None:
    changed = project.copy(tmp_path / "changed")
    (changed.folder / "receipts/reference.json").unlink()

    done = changed.ml_ci("drift", "--url", "http://127.0.0.1:9")

    assert (2, True) == (done.code, "run `make repro`" in done.output)
