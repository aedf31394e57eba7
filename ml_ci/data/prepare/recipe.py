"""A recipe: what one golden picture shows, how it is encoded and what it witnesses."""

from __future__ import annotations

from dataclasses import dataclass

from ml_ci.data.prepare.drawing import Colour, Sheet, Texture
from ml_ci.data.prepare.encoders import Encode

RED, GREEN, BLUE = (220, 20, 30), (20, 150, 40), (25, 40, 210)
ORANGE, YELLOW, CREAM = (240, 120, 10), (250, 220, 40), (250, 240, 215)
NAVY, BLACK, WHITE = (15, 20, 90), (0, 0, 0), (255, 255, 255)
MAGENTA, CYAN, BROWN = (200, 20, 180), (90, 220, 230), (90, 50, 20)
MID, MID_LIGHT = (110, 110, 120), (165, 160, 150)


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One golden picture."""

    file: str
    digit: str
    sheet: Sheet
    ink: Colour
    paper: Colour
    encode: Encode
    witnesses: tuple[str, ...]
    texture: Texture = "none"
    mixed_with: str | None = None
    """A second digit drawn more weakly over the first: near the decision boundary."""


def recipe(
    file: str,
    digit: str,
    sheet: Sheet,
    colours: tuple[Colour, Colour],
    encode: Encode,
    witnesses: str,
) -> Recipe:
    """``colours``: ink and paper; ``witnesses``: separated by blanks."""
    ink, paper = colours
    return Recipe(
        file=file,
        digit=digit,
        sheet=sheet,
        ink=ink,
        paper=paper,
        encode=encode,
        witnesses=tuple(witnesses.split()),
    )


def at(width: int, height: int, box: int, left: int, top: int) -> Sheet:
    return Sheet(width=width, height=height, box=box, left=left, top=top)
