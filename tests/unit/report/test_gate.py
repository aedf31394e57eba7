"""The gate's exit code."""

from __future__ import annotations

from typing import Any

import pytest

from ml_ci.report.gate import gate
from tests.builders.reports import evaluation, parity, report


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({}, 0, id="all-well"),
        pytest.param({"parity": (parity("resized"),)}, 1, id="differs"),
        pytest.param({"graph": "it differs"}, 1, id="exported-graph-differs"),
        pytest.param({"parity": (parity(missing=1),)}, 3, id="image-missing"),
        pytest.param({"parity": (parity("resized"), parity(missing=1))}, 1, id="both"),
        pytest.param({"evaluation": evaluation(accuracy=0.89)}, 1, id="accuracy-too-low"),
        pytest.param({"evaluation": evaluation(macro_f1=0.89)}, 1, id="f1-too-low"),
        pytest.param(
            {"evaluation": evaluation(expected_calibration_error=0.11)},
            1,
            id="calibration-too-high",
        ),
        pytest.param({"evaluation": evaluation(untrained_accuracy=0.98)}, 1, id="no-better"),
        pytest.param({"evaluation": evaluation(accuracy=0.9)}, 0, id="exactly-at-the-threshold"),
    ],
)
def test_gate__exit_code(changed: dict[str, Any], code: int) -> None:
    assert code == gate(report(**changed))
