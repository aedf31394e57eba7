"""Golden answers of a network of two classes, measured, accepted and in a base, changed at will."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_bytes
from ml_ci.artifacts.golden import GoldenAnswer, GoldenImage, GoldenSnapshot
from ml_ci.artifacts.model_facts import no_facts
from ml_ci.artifacts.records import ReferenceRecord
from ml_ci.base.results import Base, BaseNumbers
from ml_ci.data.manifest import COLUMNS, Entry
from ml_ci.golden.answers import MeasuredAnswers
from ml_ci.golden.result import Answers, GoldenChanges, Images
from tests.builders.datasets import put
from tests.builders.inquiry import invariants
from tests.builders.repositories import small_repository
from tests.builders.traces import CLASS_NAMES, ladder, write_trace

OLD, NEW = "a" * 64, "b" * 64
"""Weights."""
NOISE = 0.002
COMMIT = "0123456789abcdef" * 2 + "01234567"


def answer(image: str, cat: float, label: str = "cat") -> GoldenAnswer:
    """What a network says that holds ``image`` to be a cat with probability ``cat``."""
    predicted = CLASS_NAMES[int(cat < 0.5)]
    return GoldenAnswer(
        image=image, label=label, predicted=predicted, confidence=max(cat, 1.0 - cat)
    )


def answers(weights: str = OLD, /, **cat: float) -> GoldenSnapshot:
    """A snapshot: the probability of `cat` by image."""
    given = tuple(answer(image, cat[image]) for image in sorted(cat))
    return GoldenSnapshot(weights_sha256=weights, answers=given)


def measured(folder: Path, weights: str = OLD, /, **cat: float) -> MeasuredAnswers:
    """A run in which the probability of `cat` was this by image; its trace lies in ``folder``."""
    images = {
        image: ladder(probabilities=np.asarray([share, 1 - share], np.float32))
        for image, share in sorted(cat.items())
    }
    trace = write_trace(folder / "reference", images)
    return MeasuredAnswers(record(answers(weights, **cat)), trace)


def record(snapshot: GoldenSnapshot, **changed: Any) -> ReferenceRecord:
    """What the reference stage leaves when it measured ``snapshot``."""
    content: dict[str, Any] = {
        "images": len(snapshot.answers),
        "right": 0,
        "graph": None,
        "weights_sha256": snapshot.weights_sha256,
        "class_names": CLASS_NAMES,
        "answers": snapshot.answers,
        "probability_noise": NOISE,
        "facts": no_facts("of no model"),
        "invariants": invariants(),
        "synthetic_sha256": "0" * 64,
        "trace_sha256": "0" * 64,
        **changed,
    }
    return ReferenceRecord(**content)


def golden_entries(**content: str) -> tuple[Entry, ...]:
    """Rows of the manifest: `image="content label"`, the file is called `<image>.png`."""
    split = {name: text.partition(" ") for name, text in content.items()}
    images = [
        Entry(
            path=f"golden/{name}.png",
            sha256=sha256_of_bytes(text.encode()),
            label=label,
            witnesses=(),
        )
        for name, (text, _, label) in split.items()
    ]
    table = Entry(path="golden/golden.csv", sha256="0" * 64, label="", witnesses=())
    return (table, *images)


def golden_set(**content: str) -> dict[str, GoldenImage]:
    """Images by name, without an ending: `image="content label"`."""
    split = {name: text.partition(" ") for name, text in content.items()}
    return {
        name: GoldenImage(sha256=sha256_of_bytes(text.encode()), label=label)
        for name, (text, _, label) in split.items()
    }


def manifest_of(images: Mapping[str, GoldenImage]) -> tuple[Entry, ...]:
    """Its rows about a golden set."""
    return tuple(
        Entry(path=f"golden/{name}", sha256=image.sha256, label=image.label, witnesses=())
        for name, image in images.items()
    )


def put_manifest(**content: str) -> tuple[Entry, ...]:
    """data.manifest.csv about the ``golden_set`` of this content; returns its rows."""
    entries = manifest_of(golden_set(**content))
    rows = [f"{entry.path},{entry.sha256},{entry.label}," for entry in entries]
    put(paths.MANIFEST, "\n".join([",".join(COLUMNS), *rows, ""]).encode())
    return entries


def base(
    manifest: Sequence[Entry], params: Mapping[str, Any] | None = None, **changed: Any
) -> Base:
    """A base of which only its manifest and params are known."""
    known: dict[str, Any] = {
        "commit": COMMIT,
        "branch": "main",
        "behind": 0,
        "ahead": 1,
        "source": "missing",
        "sentence": "",
        "numbers": None,
        "params": params or {},
        "manifest": tuple(manifest),
        "model_bytes": None,
        "stale": (),
    }
    return Base(**{**known, **changed})


def numbers(golden: GoldenSnapshot) -> BaseNumbers:
    """What was measured of a base of which only the golden answers matter."""
    return BaseNumbers(metrics={}, predictions=(), golden=golden)


def changes(
    *,
    answers: Mapping[str, Any] | None = None,
    images: Mapping[str, Any] | None = None,
    **changed: Any,
) -> GoldenChanges:
    """Three images, all as they were, of a base that is known by its images only."""
    held: dict[str, Any] = {"images": 3, "compared": 3, "noise": NOISE, "moved": 0, "moves": ()}
    set_: dict[str, Any] = {"commit": COMMIT, "added": 0, "added_names": (), "changed": 0}
    return GoldenChanges(
        state="0" * 64,
        answers=Answers(**{**held, "problem": "", **(answers or {})}),
        behaviour=changed.get("behaviour"),
        images=Images(**{**set_, "denied": 0, "changes": (), "line": "", **(images or {})}),
    )


def commit_all() -> str:
    """Commit everything in the working folder, which becomes a repository; returns the commit."""
    return small_repository(Path()).commit({})
