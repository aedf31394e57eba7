"""What has to be measured again although DVC sees no input changed.

DVC compares inputs. It cannot know that a library was upgraded, that a folder was deleted, or that
a server failed the last time; so before it runs, the receipts of such measurements are dropped, and
those of everything made from them.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime

from pydantic import ValidationError

from ml_ci.artifacts import paths
from ml_ci.artifacts.image_record import ImageRecord
from ml_ci.artifacts.inputs import is_noted
from ml_ci.artifacts.records import ReplayRecord
from ml_ci.base.reading import look_at_base, why_of_another_base
from ml_ci.engines.choosing import why_prepare_again
from ml_ci.engines.context import context_hash, executables
from ml_ci.environment import this_environment
from ml_ci.errors import UserError
from ml_ci.measurement import check_upstream, read_head
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.container import ContainerSettings, DockerfileServer
from ml_ci.params.reading import read_section
from ml_ci.params.targets import TargetsSettings
from ml_ci.parity.accepted import accepted_of
from ml_ci.parity.result import ParityResults
from ml_ci.receipt import current_receipt, measuring_stages, receipt_path
from ml_ci.report.paths import METRICS_MD, PARITY_MD
from ml_ci.report.reading import read_report
from ml_ci.repository import Repository
from ml_ci.stages.traces import is_measured_synthetic, is_measured_trace

TORCH_STAGES = ("evaluate", "reference", "parity")
REPORT = "report"


def drop_outdated() -> dict[str, str]:
    """Drop the receipts of what has to be measured again; returns why, by stage, in order."""
    reasons: dict[str, str] = {}
    never_ran = set()
    for stage, others in measuring_stages().items():
        if current_receipt(stage) is None:
            never_ran.add(stage)
            continue
        again = [other for other in others if other in reasons or other in never_ran]
        reason = f"{again[0]} is measured again" if again else _reason(stage)
        if reason is not None:
            reasons[stage] = reason
            receipt_path(stage).unlink()
    return reasons


def why_replay_again(result: dict[str, object]) -> str | None:
    """Why the targets are to be recorded again, by what was measured of them; None when not."""
    try:
        record = ReplayRecord.model_validate_json(json.dumps(result))
    except ValidationError:
        return "it was measured by another version"
    for target in record.targets:
        if not is_measured_trace(target.name, target.trace_sha256):
            return f"the trace of {target.name} is gone or changed"
        # A dump is the same as long as its files are, and those are inputs
        if target.failures and target.kind != "dump":
            return f"{target.name} did not answer every image the last time"
        if target.kind == "http":
            return f"what runs at {target.name} may be another one by now"
    return None


def why_compare_again(result: dict[str, object], today: date) -> str | None:
    """Why the targets are to be compared again, by what came of it; None when not."""
    try:
        results = ParityResults.model_validate_json(json.dumps(result))
    except ValidationError:
        return "it was measured by another version"
    targets = read_section(TargetsSettings).root
    for one in results.targets:
        if one.target in targets:
            notes = accepted_of(one.target, targets[one.target], today).notes
            if notes != one.accepted:
                return f"what is expected of {one.target} has an end, and that is over"
    return None


def _reason(stage: str) -> str | None:
    """Why this stage, its inputs being what they are, has to run again; None when it has not."""
    if stage == REPORT:
        return _report_reason()
    head = read_head(stage)
    if head.get("receipt") != current_receipt(stage):
        return "there is no measurement of its last run"
    if head.get("environment") != _environment(stage):
        return "it was measured in another environment"
    try:
        check_upstream(stage, head.get("upstream"))
    except UserError as error:
        return error.what
    return _result_reason(stage, head.get("result") or {})


def _result_reason(stage: str, result: dict[str, object]) -> str | None:
    """Keys that are missing, as in what an older ml-ci wrote, are a reason like wrong ones."""
    match stage:
        case "evaluate" | "reference" if not is_noted(stage, _receipt_text(stage)):
            return f"what it wrote into {paths.METRICS}/ is gone or changed"
        case "reference" if not is_measured_trace(paths.REFERENCE, str(result.get("trace_sha256"))):
            return "its trace is gone or changed"
        case "reference" if not is_measured_synthetic(str(result.get("synthetic_sha256"))):
            return "its answers to synthetic tensors are gone or changed"
        case "replay":
            return why_replay_again(result)
        case "parity":
            return why_compare_again(result, datetime.now(UTC).date())
        case "image" if result.get("failure") is not None:
            return "the image could not be built the last time"
        case "image" if not paths.BUILD_CONTEXT.is_dir() or (
            context_hash(paths.BUILD_CONTEXT) != result.get("context_sha256")
        ):
            return "the build context is gone or changed"
        case "image":
            return _engine_reason(result)
    return None


def _receipt_text(stage: str) -> str:
    return receipt_path(stage).read_text(encoding="utf-8")


def _engine_reason(result: dict[str, object]) -> str | None:
    try:
        record = ImageRecord.model_validate_json(json.dumps(result))
    except ValidationError:
        return "it was measured by another version"
    settings = read_section(ContainerSettings)
    own = isinstance(settings.server, DockerfileServer)
    if own and executables(paths.OWN_SERVER) != executables(paths.BUILD_CONTEXT):
        return "what is executable has changed"
    return why_prepare_again(record, settings)


def _report_reason() -> str | None:
    try:
        report = read_report()
    except UserError as error:
        return error.what
    other = why_of_another_base(report.base, report.lock, look_at_base(Repository(), os.environ))
    if other is not None:
        return other
    return None if METRICS_MD.is_file() and PARITY_MD.is_file() else "a part of it is gone"


def _environment(stage: str) -> dict[str, str]:
    if stage in TORCH_STAGES:
        threads = read_section(ComputeSettings).threads
        return this_environment(threads=threads, torch=True).as_strings()
    return this_environment(threads=None).as_strings()
