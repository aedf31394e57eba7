"""One thread for all tests of the model: on tensors this small a second one only waits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ml_ci.model.compute import fixed_threads


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    with fixed_threads(1):
        yield
