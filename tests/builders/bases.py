"""A commit with numbers: what `evaluate` and `reference` would have committed, made by hand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from ml_ci.base.keeping import BaseRecord, Measurer, Outcome
from tests.builders.repositories import SmallRepository, small_repository

_PIPELINE = """\
stages:
  train: {cmd: train, deps: [train.py], outs: [trained]}
  evaluate:
    cmd: evaluate
    deps: [trained]
    params: [evaluate]
    outs: [{receipts/evaluate.json: {cache: false}}]
  export: {cmd: export, deps: [trained], outs: [models]}
  reference:
    cmd: reference
    deps: [models]
    outs: [{receipts/reference.json: {cache: false}}]
  report: {cmd: report, deps: [report.py], outs: [{receipts/report.json: {cache: false}}]}
"""
_LOCK = """\
schema: '2.0'
stages:
  train:
    cmd: train
    deps: [{{path: train.py, md5: {train}}}]
    outs: [{{path: trained, md5: 11.dir, size: 70}}]
  evaluate:
    cmd: evaluate
    deps: [{{path: trained, md5: 11.dir}}]
    params: {{params.yaml: {{evaluate: {{bins: 10}}}}}}
    outs: [{{path: receipts/evaluate.json, md5: {evaluate}}}]
  export:
    cmd: export
    deps: [{{path: trained, md5: 11.dir}}]
    outs: [{{path: models, md5: 22.dir, size: 1234}}]
  reference:
    cmd: reference
    deps: [{{path: models, md5: 22.dir}}]
    outs: [{{path: receipts/reference.json, md5: {reference}}}]
  report:
    cmd: report
    deps: [{{path: report.py, md5: {report}}}]
    outs: [{{path: receipts/report.json, md5: 33}}]
"""
METRICS = "metrics/metrics.json"
PREDICTIONS = "metrics/predictions.csv"
GOLDEN = "metrics/golden.json"
INPUTS = "metrics/inputs.json"
LOCK = "dvc.lock"


def numbers(accuracy: float = 0.75) -> dict[str, str]:
    """The three files in metrics/ that hold numbers."""
    answer = {"label": "cat", "predicted": "dog", "confidence": 0.5}
    return {
        METRICS: json.dumps({"images": 2, "accuracy": accuracy, "recall": {"cat": 1.0}}),
        PREDICTIONS: "image,label,predicted,confidence\na.png,cat,cat,0.90\nb.png,dog,cat,0.60\n",
        GOLDEN: json.dumps({"weights_sha256": "ab", "decimals": 6, "images": {"g.png": answer}}),
    }


def project(accuracy: float = 0.75, *, run: str = "1") -> dict[str, str]:
    """Every file of a commit after a run, by path; another ``run`` has other receipts."""
    files = numbers(accuracy)
    code = {"train.py": "train\n", "report.py": "report\n"}
    receipts = {stage: _md5(f"{stage} {run}") for stage in ("evaluate", "reference")}
    written = {"evaluate": (METRICS, PREDICTIONS), "reference": (GOLDEN,)}
    inputs = {
        stage: {
            "receipt_md5": receipts[stage],
            "files": {name: hashlib.sha256(files[name].encode()).hexdigest() for name in names},
        }
        for stage, names in written.items()
    }
    return {
        **files,
        **code,
        "params.yaml": "evaluate: {bins: 10}\nbase: {minutes: 10.0}\n",
        "dvc.yaml": _PIPELINE,
        LOCK: _LOCK.format(
            train=_md5(code["train.py"]), report=_md5(code["report.py"]), **receipts
        ),
        INPUTS: json.dumps(inputs),
        "data.manifest.csv": "path,sha256,label,witnesses\ntest/cat/a.png," + "0" * 64 + ",cat,\n",
        ".dvc/config": "",
        ".gitignore": "/.ml-ci\n",
    }


def base_record(
    outcome: Outcome = "measured",
    *,
    by: Measurer = "a checkout beside",
    reason: str = "",
    model_bytes: int | None = 99,
) -> BaseRecord:
    """How measuring a base ended, on the first day of 2026."""
    return BaseRecord(
        outcome=outcome,
        by=by,
        created="2026-01-01T00:00:00+00:00",
        minutes=10.0,
        reason=reason,
        model_bytes=model_bytes,
    )


def repository_with_base(folder: Path, base: Mapping[str, str | None]) -> SmallRepository:
    """`main` holds ``base``; on a branch from it, one file more."""
    repository = small_repository(folder)
    repository.commit(base)
    repository.git("checkout", "--quiet", "-b", "change")
    repository.commit({"change.py": "1"})
    return repository


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
