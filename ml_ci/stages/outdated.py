"""Which measurements were made in another environment than today's."""

from __future__ import annotations

from ml_ci.environment import this_environment
from ml_ci.measurement import drop_outdated_receipts
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.reading import read_section

TORCH_STAGES = ("evaluate", "reference")
OTHER_STAGES = ("image", "replay", "parity")


def drop_outdated() -> list[str]:
    """Drop the receipts of such measurements, so that DVC makes them again; return the stages."""
    with_torch = measuring_environment(read_section(ComputeSettings).threads)
    without = this_environment(threads=None).as_strings()
    return drop_outdated_receipts(
        dict.fromkeys(TORCH_STAGES, with_torch) | dict.fromkeys(OTHER_STAGES, without)
    )


def measuring_environment(threads: int) -> dict[str, str]:
    """The environment of a stage that computes with torch."""
    return this_environment(threads=threads, torch=True).as_strings()
