"""The noise floor: how far two correct sides may differ on each float rung.

It is calibrated once at export, on a fixed seeded set of pictures, and travels with the model; the
golden set never takes part, so adding an image to it can never loosen anything.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.artifacts.files import write_json
from ml_ci.errors import UserError
from ml_ci.steps import FLOAT_STEPS, IMAGE, LADDER, STEP_OF

SCHEMA_VERSION = 2
# A float32 implementation may be this many times less exact than what calibration measured: benign
# variants reached ratios of 71 only where that was next to nothing, which the floors cover.
SAFETY = 8.0


@dataclass(frozen=True, kw_only=True)
class RungNoise:
    """Calibration of one float rung, in the rung's own unit (grey levels at `resized`)."""

    own_error: float
    """Largest |float32 − float64| that this step alone adds, in torch or with other roundings."""
    since: dict[str, float]
    """Allowed error when both sides stood on exactly the same further down, by the name of that
    step. From the rung below it is max(SAFETY × own_error, the floor of the step); from a lower one
    that, and what the noise allowed in between becomes when it is carried on."""

    @property
    def own(self) -> float:
        """Allowed error of this step alone: the smallest of ``since``."""
        return min(self.since.values())

    @property
    def inherited(self) -> float:
        """Allowed error of the whole chain from `image` on."""
        return self.since[IMAGE.name]


@dataclass(frozen=True, kw_only=True)
class NoiseFloor:
    """The calibrated rungs by step name."""

    rungs: dict[str, RungNoise]

    def allowed(self, step: str, since: str, reference: NDArray[np.generic]) -> float:
        """Largest error on ``step`` that is noise when both sides had the same on ``since``.

        Exact rungs below `image` count as `image`: what leads up to it makes no noise.
        """
        known = self.rungs[step].since
        return max(known.get(since, known[IMAGE.name]), ulp_floor(step, reference))

    def allowed_inherited(self, step: str, reference: NDArray[np.generic]) -> float:
        """Largest |target − reference| over the whole chain that is still noise on this rung."""
        return self.allowed(step, IMAGE.name, reference)

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
            missing = [step.name for step in FLOAT_STEPS if not _is_whole(step.name, rungs)]
            if missing:
                raise ValueError(f"no calibration for {', '.join(missing)}")
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


def starts_of(step: str) -> tuple[str, ...]:
    """Steps from `image` up to the one below ``step``, from which its noise is calibrated."""
    names = [one.name for one in LADDER]
    return tuple(names[names.index(IMAGE.name) : names.index(step)])


def _is_whole(step: str, rungs: dict[str, RungNoise]) -> bool:
    return step in rungs and rungs[step].since.keys() == set(starts_of(step))


def _as_json(rungs: dict[str, RungNoise]) -> dict[str, dict[str, Any]]:
    return {name: asdict(noise) for name, noise in rungs.items()}
