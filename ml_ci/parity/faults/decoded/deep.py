"""Deep levels narrowed in another way by the decoder."""

from __future__ import annotations

from ml_ci.parity.faults.deep import ways
from ml_ci.parity.faults.ways import Ways
from ml_ci.steps import DECODED

FAULTS = (
    Ways(
        id="decoder-narrows",
        step=DECODED.name,
        title="16 bits narrowed to 8 by the decoder",
        symptom="16-bit pictures are nearly white, or a level off; others as before",
        source="https://github.com/unslothai/unsloth/pull/10094",
        witness="a PNG of 16 bits per channel",
        parameter="rule",
        ways=ways(DECODED.name),
    ),
)
