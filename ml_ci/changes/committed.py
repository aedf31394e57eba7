"""The committed numbers of the checked-out commit beside what was measured of it here."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ml_ci.artifacts import paths
from ml_ci.artifacts.evaluation import ROUNDED_BY, Metrics, parse_committed
from ml_ci.artifacts.golden import GoldenSnapshot
from ml_ci.changes.pairing import Side, paired, pairs_of
from ml_ci.changes.result import CommittedNumbers, CommittedState, Paired
from ml_ci.data.manifest import parse_manifest
from ml_ci.repository import CommitFiles

# Two machines that agree to the last bits of float32 may still round to neighbouring decimals
_ALLOWED = 1.5 * ROUNDED_BY
_NAMED = 2  # metrics in a sentence


def committed_numbers(
    files: CommitFiles, now: Metrics, measured: Side, weights_sha256: str
) -> CommittedNumbers:
    """What metrics/ of a commit says of the images ``measured`` is about.

    The same weights give the same numbers, to what they are rounded by. Other weights, trained on
    another machine, give numbers that differ by chance: only what McNemar's test does not put down
    to chance counts.
    """
    try:
        metrics = json.loads(_content(files, paths.METRICS_JSON))
        predictions = parse_committed(_content(files, paths.PREDICTIONS_CSV))
        golden = GoldenSnapshot.of_document(json.loads(_content(files, paths.GOLDEN_JSON)))
        manifest = parse_manifest(_content(files, paths.MANIFEST))
    except (ValueError, csv.Error, RecursionError) as error:
        return _numbers(files, "missing", str(error))
    before = Side(predictions=predictions, manifest=manifest)
    test = paired(pairs_of(before, measured), before, measured)
    state, sentence = _judged(
        test,
        moved=_moved(metrics, now),
        same_weights=golden.weights_sha256 == weights_sha256,
    )
    return _numbers(files, state, sentence)


def _judged(test: Paired, *, moved: str, same_weights: bool) -> tuple[CommittedState, str]:
    others = test.only_base + test.only_now
    if others:
        return "differs", f"they are about other test images, {others} in all"
    answers = test.fixed + test.broken + test.other
    if not moved and not answers:
        return "same", "they are what was measured here"
    what = f"{answers} of {test.images} answers are others here" + (moved and f", {moved}")
    if same_weights:
        return "differs", f"with the same weights, {what}"
    if test.verdict == "same":
        return "noise", f"they come from other weights; {what}, no more than chance"
    return "differs", f"they come from other weights; {what}, which is {test.verdict} than there"


def _moved(committed: Mapping[str, Any], now: Metrics) -> str:
    """The first metrics that are others beyond rounding, in words; empty when none is."""
    moved = []
    for name, value in now.model_dump().items():
        there = committed.get(name) if isinstance(committed, dict) else None
        if not isinstance(there, int | float) or not abs(there - value) <= _ALLOWED:
            moved.append(f"{name.replace('_', ' ')} {_shown(there)} there, {value:.4f} here")
    return "; ".join(moved[:_NAMED])


def _shown(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, int | float) else "missing"


def _content(files: CommitFiles, path: Path) -> bytes:
    """Raises ValueError when the commit has no such file."""
    content = files.read(path)
    if content is None:
        raise ValueError(f"there is no {path}")
    return content


def _numbers(files: CommitFiles, state: CommittedState, sentence: str) -> CommittedNumbers:
    return CommittedNumbers(commit=files.commit, state=state, sentence=sentence)
