"""The contact sheet: network inputs turned back into pictures, each with its label drawn on it."""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ml_ci.params.preprocess import PreprocessSettings

CELL = 96  # side of one picture in pixels: large enough to judge, 64 of them fit a screen
CAPTION = 18
GAP = 4
INK, PAPER = (20, 20, 20), (235, 235, 235)


def contact_sheet(
    inputs: NDArray[np.float32],
    captions: list[str],
    settings: PreprocessSettings,
) -> bytes:
    """PNG bytes of a near-square sheet of ``inputs`` (N×C×S×S, as the network got them)."""
    pictures = denormalised(inputs, settings)  # (N, S, S, 3)
    columns = max(1, math.ceil(math.sqrt(len(pictures))))
    rows = math.ceil(len(pictures) / columns)
    cell = (CELL + GAP, CELL + CAPTION + GAP)
    sheet = Image.new("RGB", (columns * cell[0] + GAP, rows * cell[1] + GAP), PAPER)
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(size=13)
    for index, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        left, top = GAP + index % columns * cell[0], GAP + index // columns * cell[1]
        sheet.paste(_enlarged(picture), (left, top + CAPTION))
        draw.text((left, top), _fitting(caption, font), fill=INK, font=font)
    stream = io.BytesIO()
    sheet.save(stream, format="PNG")
    return stream.getvalue()


def denormalised(inputs: NDArray[np.float32], settings: PreprocessSettings) -> NDArray[np.uint8]:
    """Normalised N×C×S×S → RGB levels N×S×S×3; what lies beyond 0–255 is cut."""
    std = np.asarray(settings.std).reshape(1, -1, 1, 1)
    mean = np.asarray(settings.mean).reshape(1, -1, 1, 1)
    levels = np.rint((inputs * std + mean) * 255).clip(0, 255).astype(np.uint8)
    return np.repeat(levels, 3 // settings.channels, axis=1).transpose(0, 2, 3, 1)


def _enlarged(picture: NDArray[np.uint8]) -> Image.Image:
    """Fitted into a cell; nearest neighbour, so that single pixels can be seen."""
    image = Image.fromarray(picture)
    scale = CELL / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.NEAREST)


def _fitting(caption: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> str:
    """The caption, cut with an ellipsis where the cell ends."""
    if font.getlength(caption) <= CELL:
        return caption
    while caption and font.getlength(caption + "…") > CELL:
        caption = caption[:-1]
    return caption + "…"
