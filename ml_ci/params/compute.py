"""Where and with how many threads the training side computes."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import PositiveInt

from ml_ci.params.reading import Section


class ComputeSettings(Section):
    """Fixed, because 1 and 2 threads give different bits (and once 3 of 397 other labels).

    A small network gains nothing from a second thread, and on a busy machine the two wait for each
    other at every operation.
    """

    section: ClassVar[str] = "compute"

    device: Literal["auto", "cpu", "cuda", "mps"]
    """Of training; `auto` takes a GPU when there is one. Measuring is done on the CPU."""
    threads: PositiveInt
