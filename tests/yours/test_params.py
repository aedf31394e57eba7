"""params.yaml: every key is there, known and possible."""

from __future__ import annotations

from ml_ci.params.everything import check_params


def test_params__are_complete_and_possible() -> None:
    check_params()
