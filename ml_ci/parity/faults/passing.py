"""Passing: how the picture of a file is carried over into another one on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ml_ci.data.decode import image_from
from ml_ci.parity.faults.colours import colours_of
from ml_ci.parity.faults.encoding import exif_of
from ml_ci.parity.faults.fault import Seen
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pixels

ORIENTATIONS = ("lost", "kept", "applied")
"""Of EXIF: gone and the pixels not turned; still there; gone and the pixels turned."""
TRANSPARENCIES = ("dropped", "black", "white")
"""The colours under it, or a background."""
_BACKGROUNDS = {"black": (0, 0, 0), "white": (255, 255, 255)}
_WORDS = {
    "lost": "EXIF's orientation is lost",
    "kept": "EXIF is kept",
    "applied": "EXIF's orientation is applied",
}


@dataclass(frozen=True, kw_only=True)
class Passing:
    """What becomes of orientation and transparency, where the new format has none."""

    orientation: str = "lost"
    transparency: str = "dropped"

    @property
    def words(self) -> str:
        """In the order of both."""
        under = f"on {self.transparency}" if self.transparency in _BACKGROUNDS else "dropped"
        return f"{_WORDS[self.orientation]}, transparency {under}"

    def picture(self, content: bytes, reference: Reference) -> Pixels:
        """(H, W, 3) as it is carried over."""
        rule = replace(
            reference.rule, orientation="exif" if self.orientation == "applied" else "ignore"
        )
        decoded = reference.decode(content)
        background = _BACKGROUNDS.get(self.transparency)
        if background is not None:
            return image_from(decoded, content, replace(rule, background=background))
        seen = Seen(content=content, decoded=decoded)
        return colours_of(seen, replace(reference, rule=rule)).colour

    def exif(self, content: bytes) -> bytes:
        """What of it is carried over."""
        return exif_of(content) if self.orientation == "kept" else b""
