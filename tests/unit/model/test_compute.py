"""Device, threads and repeatability."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from ml_ci.errors import UserError
from ml_ci.model.compute import choose_device, fixed_threads, repeatable


def test_choose_device__takes_what_is_named() -> None:
    assert "cpu" == choose_device("cpu").type


def test_choose_device__auto_takes_the_gpu_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert "cuda" == choose_device("auto").type


def test_choose_device__auto_is_the_cpu_without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert "cpu" == choose_device("auto").type


def test_choose_device__names_the_device_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UserError, match="no `cuda` device"):
        choose_device("cuda")


def test_fixed_threads__sets_them_inside_and_restores_them_after() -> None:
    before = torch.get_num_threads()
    with fixed_threads(before + 1):
        inside = torch.get_num_threads()
    assert (before + 1, before) == (inside, torch.get_num_threads())


def test_repeatable__gives_the_same_numbers_twice() -> None:
    with repeatable(4):
        first = torch.rand(3)
    torch.rand(5)
    with repeatable(4):
        assert torch.equal(first, torch.rand(3))


def test_repeatable__leaves_the_callers_random_state_alone() -> None:
    torch.rand(5)  # off the state that a seed of 4 leads to
    before = torch.random.get_rng_state()
    with repeatable(4):
        torch.rand(3)
    assert torch.equal(before, torch.random.get_rng_state())


def test_repeatable__allows_deterministic_algorithms_only_inside() -> None:
    with repeatable(4):
        inside = torch.are_deterministic_algorithms_enabled()
    assert (True, False) == (inside, torch.are_deterministic_algorithms_enabled())


def test_repeatable__raises_where_there_is_no_deterministic_form() -> None:
    with repeatable(4), pytest.raises(RuntimeError, match="does not have a deterministic"):
        torch.zeros(3).put_(torch.tensor([0]), torch.ones(1))


def test_repeatable__loads_no_compiler() -> None:
    """A second of every training and evaluation."""
    program = (
        "import sys\n"
        "from ml_ci.model.compute import repeatable\n"
        "with repeatable(4): pass\n"
        "print('torch._inductor' in sys.modules)\n"
    )
    assert b"False" == subprocess.check_output([sys.executable, "-c", program]).strip()
