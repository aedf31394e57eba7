"""Deep levels narrowed in another way after decoding."""

from __future__ import annotations

from ml_ci.parity.faults.deep import ways
from ml_ci.parity.faults.ways import Ways
from ml_ci.steps import IMAGE

FAULTS = (
    Ways(
        id="deep-levels",
        step=IMAGE.name,
        title="16 bits narrowed to 8 by another rule",
        symptom="16-bit pictures are nearly white, or a level off; others as before",
        source="https://github.com/python-pillow/Pillow/issues/3011",
        witness="a PNG of 16 bits per channel",
        parameter="rule",
        ways=ways(IMAGE.name),
    ),
)
