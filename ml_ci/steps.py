"""The ladder: the named steps a prediction climbs, and what stands on each rung.

Reference and target climb the same ladder. A rung's name is also the name of its tensor in the
exported graph and its key in a trace; nothing else in the project repeats the list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Compared = Literal["exact", "noise floor"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One rung: its name, what stands on it, and how two sides are compared there."""

    name: str
    holds: str
    shape: str
    compared: Compared
    smallest_floor: float = 0.0
    """Absolute difference that is always noise, in the rung's own unit (0 on exact rungs)."""
    floor_ulps: int = 0
    """Float32 ULPs of the largest magnitude in the array that are always noise."""


RECEIVED = Step(
    name="received",
    holds="the encoded bytes as they reached this side",
    shape="bytes",
    compared="exact",
)
DECODED = Step(
    name="decoded",
    holds="pixels as the decoder gave them, with their mode",
    shape="uint8/uint16 H×W×C",
    compared="exact",
)
IMAGE = Step(
    name="image",
    holds="oriented, flattened to RGB",
    shape="uint8 H×W×3",
    compared="exact",
)
# The floors below were measured on 20 benign variants × 47 images × 2 sizes without a false alarm;
# the smallest fault tried there, float16 at `resized`, differs by 0.06 grey level.
RESIZED = Step(
    name="resized",
    holds="fitted to the model's size, grey levels 0–255",
    shape="float32 C×S×S",
    compared="noise floor",
    smallest_floor=0.01,
)
TENSOR = Step(
    name="tensor",
    holds="normalised: what enters the network",
    shape="float32 C×S×S",
    compared="noise floor",
    floor_ulps=8,
)
LOGITS = Step(
    name="logits",
    holds="network output",
    shape="float32 K",
    compared="noise floor",
    floor_ulps=8,
)
PROBABILITIES = Step(
    name="probabilities",
    holds="after softmax",
    shape="float32 K",
    compared="noise floor",
    smallest_floor=1e-6,
)
LABEL = Step(
    name="label",
    holds="the class name answered",
    shape="str",
    compared="exact",
)

LADDER = (RECEIVED, DECODED, IMAGE, RESIZED, TENSOR, LOGITS, PROBABILITIES, LABEL)
STEP_OF = {step.name: step for step in LADDER}
FLOAT_STEPS = tuple(step for step in LADDER if step.compared == "noise floor")
HASHED_STEPS = (RECEIVED, DECODED, IMAGE)
"""Rungs that travel as hashes; what stands on them is fetched only where the hashes differ."""
