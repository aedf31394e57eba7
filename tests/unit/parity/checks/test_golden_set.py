"""The golden set: complete, of the right content, and what both sides received and saw of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from ml_ci.parity.check import Check
from ml_ci.parity.checks.golden_set import golden_checks
from ml_ci.trace.reading import Trace
from tests.builders.traces import Rungs, ladder, write_trace

FILE = hashlib.sha256(b"file").hexdigest()
NAMES = [f"{name}.png" for name in "abcde"]
GOLDEN = dict.fromkeys(NAMES, FILE)


@pytest.fixture
def reference(tmp_path: Path) -> Trace:
    return write_trace(tmp_path / "reference", {name: ladder() for name in NAMES})


def judged(
    reference: Trace, folder: Path, images: dict[str, Rungs], **failures: str
) -> list[Check]:
    target = write_trace(
        folder / "target", images, failures={f"{key}.png": why for key, why in failures.items()}
    )
    return list(golden_checks(GOLDEN, reference, target))


def same(**replaced: Rungs) -> dict[str, Rungs]:
    """Every image as the reference has it; ``a=…`` replaces the rungs of a.png."""
    return {name: replaced.get(name[0], ladder()) for name in NAMES}


def test_golden_checks__of_equal_traces_agree(reference: Trace, tmp_path: Path) -> None:
    assert [
        ("golden set", "agrees", "all 5 images of the golden set were answered by both sides"),
        (
            "golden content",
            "agrees",
            "the reference read the content of the manifest on all 5 images",
        ),
        ("bytes received", "agrees", "the same on all 5 images"),
        ("pixels", "agrees", "the same on all 5 images"),
    ] == [(one.name, one.outcome, one.evidence) for one in judged(reference, tmp_path, same())]


def test_golden_set__that_is_incomplete_is_never_a_pass(reference: Trace, tmp_path: Path) -> None:
    images = {name: ladder() for name in NAMES[1:]} | {"x.png": ladder()}
    found = judged(reference, tmp_path, images, b="no answer within 30 s")[0]
    assert ("unknown", found.evidence) == (
        found.outcome,
        "the target gave no answer on 2 of 5 images: a.png, b.png; "
        "the target recorded 1 that are not in it: x.png",
    )


def test_golden_set__says_why_the_first_is_missing(reference: Trace, tmp_path: Path) -> None:
    found = judged(reference, tmp_path, same(), b="no answer within 30 s")[0]
    assert found.evidence == (
        "the target gave no answer on 1 of 5 images: b.png (b.png: no answer within 30 s)"
    )


def test_golden_set__with_more_images_is_a_note(reference: Trace, tmp_path: Path) -> None:
    found = judged(reference, tmp_path, same() | {"x.png": ladder()})[0]
    assert "note" == found.outcome
    assert found.evidence.endswith("; the target recorded 1 that are not in it: x.png")


def test_golden_content__that_is_not_the_manifests(reference: Trace, tmp_path: Path) -> None:
    target = write_trace(tmp_path / "target", same())
    found = golden_checks(GOLDEN | {"c.png": "0" * 64}, reference, target)[1]
    assert ("differs", found.evidence) == (
        found.outcome,
        "the reference read another content than the manifest's on 1 of 5 images: c.png",
    )


def test_golden_content__that_was_not_recorded(tmp_path: Path) -> None:
    reference = write_trace(tmp_path / "reference", {name: ladder(received=None) for name in NAMES})
    found = judged(reference, tmp_path, same())[1]
    assert ("unknown", found.evidence) == (
        found.outcome,
        "the reference did not record what it read on all 5 images: a.png, b.png, c.png and 2 more",
    )


@pytest.mark.parametrize(
    ("rungs", "outcome", "evidence"),
    [
        pytest.param(
            ladder(received=b"other"),
            "note",
            "the same on 4 of 5 images; another on 1 of 5 images, with the same pixels: a.png",
            id="same pixels",
        ),
        pytest.param(
            ladder(received=b"other", image=np.zeros((4, 6, 3), np.uint8)),
            "differs",
            "the same on 4 of 5 images; another on 1 of 5 images: a.png",
            id="other pixels",
        ),
        pytest.param(
            ladder(received=b"other", image=None),
            "differs",
            "the same on 4 of 5 images; another on 1 of 5 images: a.png",
            id="unknown pixels",
        ),
        pytest.param(
            ladder(received=None),
            "unknown",
            "the same on 4 of 5 images; not recorded on 1 of 5 images",
            id="not recorded",
        ),
    ],
)
def test_bytes_received__of(
    reference: Trace, tmp_path: Path, rungs: Rungs, outcome: str, evidence: str
) -> None:
    found = judged(reference, tmp_path, same(a=rungs))[2]
    assert (outcome, evidence) == (found.outcome, found.evidence)


def test_bytes_received__that_are_never_recorded(reference: Trace, tmp_path: Path) -> None:
    found = judged(reference, tmp_path, {name: ladder(received=None) for name in NAMES})[2]
    assert ("unknown", "it is not recorded on both sides") == (found.outcome, found.evidence)


def test_pixels__that_differ(reference: Trace, tmp_path: Path) -> None:
    found = judged(reference, tmp_path, same(b=ladder(image=np.zeros((4, 6, 3), np.uint8))))[3]
    assert ("differs", "the same on 4 of 5 images; another on 1 of 5 images: b.png") == (
        found.outcome,
        found.evidence,
    )
