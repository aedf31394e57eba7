"""`ml-ci drift`: does what is deployed still answer as the reference does?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import json_text, write_together
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.records import ReferenceRecord
from ml_ci.data.samples import GoldenSample, read_golden
from ml_ci.errors import UserError
from ml_ci.measurement import load_measurement
from ml_ci.noise import NoiseFloor
from ml_ci.params.address import AddressError, check_address
from ml_ci.params.container import ContainerSettings, ProjectServer
from ml_ci.params.model import ModelSettings
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.parity.compare import Comparison
from ml_ci.parity.result import ParityResult
from ml_ci.parity.sides import Sides
from ml_ci.report.drift import SCHEMA_VERSION, DriftReport, exit_code, markdown
from ml_ci.report.paths import DRIFT_JSON, DRIFT_MD
from ml_ci.repository import current_commit
from ml_ci.stages.traces import measured_trace
from ml_ci.stages.turn import run_turn
from ml_ci.targets.asking import Source
from ml_ci.targets.credentials import Credentials, read_credentials
from ml_ci.targets.deployed import Deployed
from ml_ci.targets.replay import ReplayJob, replay
from ml_ci.targets.routes import as_any_client, routes_of_model, routes_of_server
from ml_ci.trace.reading import Trace

AUTHORIZATION = "ML_CI_TARGET_AUTHORIZATION"
"""The only place the credentials come from; they are in no file, no argument and no log."""
DEPLOYED = "deployed"


def measure_drift(console: Console, url: str, variables: Mapping[str, str]) -> int:
    """Replay the golden set against the server at ``url`` and write reports/drift.json and .md.

    Labels and probabilities are asked for, as any client does; trace routes are not needed. The
    exit code is 0, 1 or 3. Raises UserError when ``url`` cannot be one, when there is no current
    reference, or when credentials would travel unencrypted.
    """
    credentials = deployed_credentials(variables)
    check_url(url, authorized=bool(credentials.headers))
    with run_turn("`ml-ci drift`"):
        report = _report(url.rstrip("/"), credentials)
        texts = {
            DRIFT_MD: markdown(report),
            DRIFT_JSON: json_text(report.model_dump(mode="json")),
        }
        write_together({path: text.encode("utf-8") for path, text in texts.items()})
    console.print(f"{DEPLOYED}: {report.result.sentence}", markup=False, highlight=False)
    if report.gave_up is not None:
        console.print(report.gave_up, markup=False, highlight=False)
    console.print(f"report  {DRIFT_MD}, {DRIFT_JSON}", markup=False, highlight=False)
    return exit_code(report)


def check_url(url: str, *, authorized: bool) -> None:
    """Raise UserError unless the golden set, and the credentials, may be sent there."""
    try:
        check_address(url, authorized=authorized)
    except AddressError as problem:
        raise UserError(
            what=f"the golden set cannot be sent there: {problem}",
            where=problem.shown,
            fix="give the address under which the server is deployed, like "
            f"https://models.example.com; credentials go into {AUTHORIZATION}",
        ) from None


def deployed_credentials(variables: Mapping[str, str]) -> Credentials:
    """Those of the environment, which need not be there."""
    headers = {"Authorization": AUTHORIZATION} if variables.get(AUTHORIZATION) else {}
    return read_credentials(
        headers, variables, setting=f"{AUTHORIZATION} in the environment", where=AUTHORIZATION
    )


def _report(url: str, credentials: Credentials) -> DriftReport:
    model = read_section(ModelSettings)
    card = ModelCard.load(paths.model_folder(model.name, model.version))
    recorded = load_measurement("reference", ReferenceRecord)
    reference = measured_trace(paths.REFERENCE, recorded.result.trace_sha256)
    server = read_section(ContainerSettings).server
    if isinstance(server, ProjectServer):
        routes, model_sha256 = routes_of_model(model.name), card.model_sha256
    else:
        routes, model_sha256 = routes_of_server(server, card.class_names), None
    job = ReplayJob(
        target=DEPLOYED,
        receipt=recorded.receipt,
        routes=as_any_client(routes),
        settings=read_section(ReplaySettings),
        model_sha256=model_sha256,
        reference=reference,
        credentials=credentials,
    )
    golden = read_golden(paths.GOLDEN)
    sources = [Source(name=sample.name, read=sample.path.read_bytes) for sample in golden]
    folder = paths.trace_folder(DEPLOYED)
    replayed = replay(Deployed(url=url), sources, folder, job)
    commit = current_commit()
    return DriftReport(
        schema_version=SCHEMA_VERSION,
        url=url,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=None if commit is None else commit.sha,
        gave_up=replayed.gave_up,
        result=_compared(reference, Trace.open(folder), card, golden),
    )


def _compared(
    reference: Trace, target: Trace, card: ModelCard, golden: list[GoldenSample]
) -> ParityResult:
    model = read_section(ModelSettings)
    sides = Sides(
        reference=reference,
        target=target,
        noise=NoiseFloor.load(paths.model_folder(model.name, model.version) / paths.NOISE_FILE),
        class_names=card.class_names,
    )
    return Comparison(sides=sides).run(DEPLOYED, [sample.name for sample in golden])
