"""The noise floor: how far two correct sides may differ on each float rung.

It is calibrated once at export, on a fixed seeded set of pictures, and travels with the model; the
golden set never takes part, so adding an image to it can never loosen anything.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml_ci.artifacts.files import write_json
from ml_ci.errors import UserError
from ml_ci.steps import FLOAT_STEPS, STEP_OF

SCHEMA_VERSION = 1
# A float32 implementation may be this many times less exact than torch's own: benign variants
# reached ratios of 71 only where the reference's error was next to nothing, which the floors cover.
SAFETY = 8.0


@dataclass(frozen=True, kw_only=True)
class RungNoise:
    """Calibration of one float rung, in the rung's own unit (grey levels at `resized`)."""

    own_error: float
    """Largest |float32 − float64| that this step alone adds."""
    own: float
    """Allowed own error: max(SAFETY × own_error, the floor of the step)."""
    inherited: float
    """Allowed error of the whole chain up to here: what `own` of the rung before becomes when this
    step carries it on, plus `own`."""


@dataclass(frozen=True, kw_only=True)
class NoiseFloor:
    """The calibrated rungs by step name."""

    rungs: dict[str, RungNoise]

    def allowed_inherited(self, step: str, reference: NDArray[np.generic]) -> float:
        """Largest |target − reference| over the whole chain that is still noise on this rung."""
        return max(self.rungs[step].inherited, ulp_floor(step, reference))

    def save(self, path: Path) -> None:
        """Write as JSON."""
        write_json(path, {"schema_version": SCHEMA_VERSION, "rungs": _as_json(self.rungs)})

    @classmethod
    def load(cls, path: Path) -> NoiseFloor:
        """Read what ``save`` wrote. Raises UserError when it is something else."""
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["schema_version"] != SCHEMA_VERSION:
                raise ValueError(f"schema version {document['schema_version']}")
            rungs = {name: RungNoise(**entry) for name, entry in document["rungs"].items()}
            missing = {step.name for step in FLOAT_STEPS} - rungs.keys()
            if missing:
                raise ValueError(f"no calibration for {', '.join(sorted(missing))}")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                what=f"the noise floor cannot be read: {error}",
                where=str(path),
                fix="run `dvc repro export`, which calibrates and writes it",
            ) from error
        return cls(rungs=rungs)


def ulp_floor(step: str, reference: NDArray[np.generic]) -> float:
    """The step's smallest floor, or its ULPs of the largest finite magnitude in ``reference``."""
    definition = STEP_OF[step]
    values = np.abs(reference.astype(np.float64))
    largest = np.float32(np.max(values, where=np.isfinite(values), initial=0.0))
    ulps = definition.floor_ulps * float(np.spacing(largest))
    return max(definition.smallest_floor, ulps)


def _as_json(rungs: dict[str, RungNoise]) -> dict[str, dict[str, float]]:
    return {name: asdict(noise) for name, noise in rungs.items()}
