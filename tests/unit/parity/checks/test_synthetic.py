"""Synthetic tensors judged: the network differs, agrees, or could not be asked."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.artifacts.inquiry import SyntheticInput, SyntheticRecord
from ml_ci.parity.checks.synthetic import synthetic_check


def tensor(name: str = "ones", **changes: Any) -> SyntheticInput:
    """Logits that agree."""
    values: dict[str, Any] = {
        "name": name,
        "step": "logits",
        "worst": 1e-6,
        "allowed": 1e-4,
        "largest_logit": 12.5,
        "expected": "cat",
        "answered": "cat",
        "failure": "",
    }
    return SyntheticInput(**(values | changes))


@pytest.mark.parametrize(
    ("inputs", "outcome", "evidence"),
    [
        pytest.param(
            [tensor(), tensor("zeros", worst=1e-4)],
            "agrees",
            "ones, zeros put straight into the network: logits within 0.0001 (0.0001 is noise); "
            "so if anything differs, it is what enters the network",
            id="agree",
        ),
        pytest.param(
            [tensor(step="label", worst=0.0)],
            "agrees",
            "ones put straight into the network: the same class each; "
            "so if anything differs, it is what enters the network",
            id="labels-agree",
        ),
        pytest.param(
            [tensor(worst=2e-4), tensor("zeros"), tensor("uniform 1", worst=0.25)],
            "differs",
            "the network itself differs: 2 of 3 tensors put straight into the network are answered "
            "otherwise, by up to 0.25 at logits on uniform 1 (0.0001 is noise, the largest logit "
            "is 12.5)",
            id="differ",
        ),
        pytest.param(
            [tensor(worst=None), tensor("zeros", worst=9.0)],
            "differs",
            "the network itself differs: 2 of 2 tensors put straight into the network are answered "
            "otherwise, ones with logits that are not finite or of another shape",
            id="not-finite",
        ),
        pytest.param(
            [tensor(step="label", worst=0.5, answered="dog")],
            "differs",
            "the network itself differs: 1 of 1 tensors put straight into the network are answered "
            "otherwise, ones as dog instead of cat",
            id="labels-differ",
        ),
        pytest.param(
            [tensor(), tensor("zeros", worst=None, failure="status 500")],
            "unknown",
            "1 tensors were not answered, zeros: status 500",
            id="failure",
        ),
        pytest.param(
            [tensor(worst=1.0), tensor("zeros", worst=None, failure="status 500")],
            "differs",
            "the network itself differs: 1 of 2 tensors put straight into the network are answered "
            "otherwise, by up to 1 at logits on ones (0.0001 is noise, the largest logit is 12.5); "
            "1 tensors were not answered, zeros: status 500",
            id="differs-and-fails",
        ),
        pytest.param([], "unknown", "not asked: no tensor", id="none"),
    ],
)
def test_check__says(inputs: list[SyntheticInput], outcome: str, evidence: str) -> None:
    found = synthetic_check(SyntheticRecord(inputs=tuple(inputs), not_asked=""))

    assert ("synthetic", "synthetic tensors") == (found.topic, found.name)
    assert (outcome, evidence) == (found.outcome, found.evidence)


def test_check__says_why_it_was_not_asked() -> None:
    found = synthetic_check(SyntheticRecord(inputs=(), not_asked="no tensors here"))

    assert ("unknown", "not asked: no tensors here") == (found.outcome, found.evidence)
