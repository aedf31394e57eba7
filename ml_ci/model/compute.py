"""The compute device and the number of threads of the training side."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

from ml_ci.errors import UserError

DeviceChoice = Literal["auto", "cpu", "cuda", "mps"]


def choose_device(choice: DeviceChoice) -> torch.device:
    """The device meant by params.yaml; `auto` prefers cuda, then mps, then cpu.

    Raises UserError when a named device is not there.
    """
    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if choice == "auto":
        return torch.device(next(name for name, there in present.items() if there))
    if not present[choice]:
        raise UserError(
            what=f"this machine has no `{choice}` device that torch {torch.__version__} can use",
            where="params.yaml: compute.device",
            fix="set it to `auto` or `cpu`, or install the torch build for the device",
        )
    return torch.device(choice)


@contextmanager
def fixed_threads(threads: int) -> Iterator[None]:
    """Compute with ``threads`` CPU threads inside the block: another number gives other bits."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Seeded, deterministic algorithms only; the caller's random state and mode come back after.

    Operations without a deterministic form raise RuntimeError, as torch does.
    """
    # Not `use_deterministic_algorithms`: it loads torch's compiler, a second for nothing here
    before = torch.get_deterministic_debug_mode()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        torch.set_deterministic_debug_mode("error")
        try:
            yield
        finally:
            torch.set_deterministic_debug_mode(before)
