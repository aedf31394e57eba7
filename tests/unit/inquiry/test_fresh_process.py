"""A fresh process: another one, that took nothing along."""

from __future__ import annotations

import os
from functools import partial

import pytest

from ml_ci.inquiry.fresh_process import in_fresh_process
from ml_ci.measurement import FIX


def test_fresh_process__is_another_one() -> None:
    assert os.getpid() != in_fresh_process(os.getpid)


def test_fresh_process__takes_nothing_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml_ci.measurement.FIX", "changed here")

    assert FIX == in_fresh_process(partial(_attribute_of, "ml_ci.measurement", "FIX"))


def test_fresh_process__raises_what_was_raised_there() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        in_fresh_process(partial(int, "x"))


def _attribute_of(module: str, name: str) -> object:
    return getattr(__import__(module, fromlist=[name]), name)
