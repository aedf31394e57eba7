"""A passage: one image as it was sent and as it was received, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ml_ci.data.handling import Handling
from ml_ci.data.inspection import Inspection

# Correlation of the brightness of 16×16 fields. Measured on 71 pictures of single digits, which are
# much alike: the same one at JPEG quality 5 or shrunk to 32 pixels has 0.79 at least (0.94 without
# a picture of 12×10), with a tenth cut off at every side 0.71; four in five pairs of others have
# less than 0.7. So a picture is seldom called another one wrongly, and not always rightly.
SAME_PICTURE = 0.7
_LOSSY = ("alpha", "16-bit", "CMYK")  # parts of a layout


@dataclass(frozen=True, kw_only=True)
class Passage:
    """What was sent and what was received, and how they hang together."""

    sent: Inspection
    received: Inspection
    """Of text that stands for bytes (base64): of those bytes."""
    handling: Handling | None
    """What was done to the bytes as such, where it explains all of them."""
    as_text: str | None
    """What kind of text arrived in place of bytes; None when it was no text."""
    pixels: Literal["equal", "turned", "other", "unknown"]
    """`turned`: those that were sent, upright as EXIF says; `unknown`: one cannot be decoded."""
    likeness: float | None
    """0–1, in the orientation that fits best; None where pixels are unknown."""
    turned: bool
    """Stored upright as the EXIF of what was sent says, whether or not the pixels are the same."""
    seen_equal: bool
    """Decoding what arrived gives the same picture, pixel by pixel, on the rung `image`."""

    @property
    def is_another_picture(self) -> bool:
        """What was received shows something else.

        Not said where transparency, depth or inks were lost: the same picture may look otherwise.
        """
        lost = any(part in self.sent.layout and part not in self.received.layout for part in _LOSSY)
        return self.likeness is not None and self.likeness < SAME_PICTURE and not lost
