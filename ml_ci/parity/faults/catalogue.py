"""The catalogue: every fault there is, found in the packages that are named after the steps.

A module in one of them defines ``FAULTS``, a tuple; nothing else has to know of it.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from ml_ci.parity import faults
from ml_ci.parity.faults.fault import Fault
from ml_ci.steps import LADDER


@cache
def catalogue() -> tuple[Fault, ...]:
    """All faults, by step in the order of the ladder, then by id.

    Raises RuntimeError when two have one id, or one lies in the package of another step.
    """
    found: list[Fault] = []
    for step in LADDER:
        package = import_module(f"{faults.__name__}.{step.name}")
        for info in pkgutil.iter_modules(package.__path__):
            module = import_module(f"{package.__name__}.{info.name}")
            found += sorted(module.FAULTS, key=lambda fault: fault.id)
            if any(fault.step != step.name for fault in module.FAULTS):
                raise RuntimeError(f"{module.__name__} has a fault of another step")
    ids = [fault.id for fault in found]
    if len(set(ids)) < len(ids):
        raise RuntimeError(f"two faults have the id {max(ids, key=ids.count)!r}")
    return tuple(found)


def fault_of(id_: str) -> Fault:
    """The fault with this id. Raises KeyError when there is none."""
    return {fault.id: fault for fault in catalogue()}[id_]
