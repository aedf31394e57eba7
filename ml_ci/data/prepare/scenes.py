"""Recipes by scene: shapes, textures and colours that preprocessing and network must get right."""

from __future__ import annotations

from dataclasses import replace

from ml_ci.data.prepare import encoders
from ml_ci.data.prepare.drawing import centred
from ml_ci.data.prepare.recipe import (
    BLACK,
    BLUE,
    BROWN,
    CREAM,
    CYAN,
    GREEN,
    MID,
    MID_LIGHT,
    NAVY,
    ORANGE,
    RED,
    WHITE,
    YELLOW,
    Recipe,
    at,
    recipe,
)


def scene_recipes() -> tuple[Recipe, ...]:
    """Each one a witness for `resized`, `tensor` or a later step."""
    return (*_geometries(), *_colours(), *_boundaries())


def _geometries() -> list[Recipe]:
    return [*_off_centre(), *_odd_sizes(), *_tiny(), *_fine()]


def _off_centre() -> list[Recipe]:
    """The digit beside the middle: what a crop would cut off."""
    png, jpeg = encoders.plain("PNG"), encoders.jpeg("4:4:4", 92)
    return [
        recipe(
            "wide-left.png", "5", at(130, 84, 78, 4, 3), (RED, CREAM), png, "non-square off-centre"
        ),
        recipe(
            "wide-right.jpg",
            "4",
            at(210, 120, 114, 90, 3),
            (NAVY, CYAN),
            jpeg,
            "non-square off-centre",
        ),
        recipe(
            "tall-top.png",
            "7",
            at(70, 112, 66, 2, 3),
            (BLUE, YELLOW),
            png,
            "non-square off-centre",
        ),
        recipe(
            "tall-bottom.jpg",
            "2",
            at(110, 176, 104, 3, 70),
            (CREAM, BROWN),
            jpeg,
            "dark-edge dark-paper non-square off-centre",
        ),
    ]


def _odd_sizes() -> list[Recipe]:
    """Sides that halve to no whole number."""
    png = encoders.plain("PNG")
    return [
        recipe(
            "panorama.png",
            "1",
            centred(201, 67, fill=96),
            (BLACK, ORANGE),
            png,
            "non-square odd-size",
        ),
        recipe(
            "odd-33x47.png",
            "8",
            centred(33, 47, fill=92),
            (NAVY, CREAM),
            png,
            "non-square odd-size",
        ),
        recipe(
            "odd-127x65.png",
            "3",
            centred(127, 65, fill=96),
            (RED, WHITE),
            png,
            "non-square odd-size",
        ),
        recipe(
            "odd-101x101.png",
            "9",
            centred(101, 101),
            (GREEN, NAVY),
            png,
            "dark-edge dark-paper odd-size",
        ),
    ]


def _tiny() -> list[Recipe]:
    """Smaller than the network's input: they are enlarged."""
    png = encoders.plain("PNG")
    return [
        recipe("tiny-8x8.png", "0", at(8, 8, 8, 0, 0), (BLACK, CREAM), png, "tiny upscaled"),
        recipe(
            "tiny-12x10.png",
            "4",
            at(12, 10, 10, 1, 0),
            (WHITE, BLUE),
            png,
            "dark-paper tiny upscaled",
        ),
    ]


def _fine() -> list[Recipe]:
    """Texture that aliases when it is shrunk."""
    png, webp = encoders.plain("PNG"), encoders.plain("WEBP", lossless=True)
    return [
        replace(
            recipe(
                "fine-checks.webp", "6", centred(200, 150), (NAVY, MID_LIGHT), webp, "aliasing webp"
            ),
            texture="checks",
        ),
        replace(
            recipe(
                "fine-columns.png",
                "3",
                centred(131, 97),
                (NAVY, MID_LIGHT),
                png,
                "aliasing odd-size",
            ),
            texture="columns",
        ),
        replace(
            recipe(
                "fine-rows.png",
                "5",
                centred(96, 128),
                (MID_LIGHT, BROWN),
                png,
                "aliasing dark-paper",
            ),
            texture="rows",
        ),
    ]


def _colours() -> list[Recipe]:
    png = encoders.plain("PNG")
    return [
        recipe(
            "channels-red-on-blue.png",
            "2",
            centred(64, 64),
            (CREAM, BLUE),
            png,
            "channel-order dark-paper",
        ),
        recipe(
            "channels-blue-on-orange.png",
            "9",
            centred(72, 60),
            (BLUE, ORANGE),
            png,
            "channel-order",
        ),
        recipe(
            "channels-yellow-on-red.png",
            "8",
            centred(60, 72),
            (YELLOW, RED),
            png,
            "channel-order dark-paper",
        ),
        recipe("low-contrast.png", "7", centred(80, 80), (MID, MID_LIGHT), png, "low-contrast"),
        recipe(
            "low-contrast-dark.jpg",
            "0",
            centred(100, 80),
            (MID, NAVY),
            encoders.jpeg("4:2:0", 85),
            "chroma-420 dark-paper low-contrast",
        ),
    ]


def _boundaries() -> list[Recipe]:
    png = encoders.plain("PNG")
    pairs = (("3", "8"), ("4", "9"), ("1", "7"), ("6", "5"))
    return [
        replace(
            recipe(
                f"between-{digit}-and-{other}.png",
                digit,
                centred(76, 84),
                (NAVY, CREAM),
                png,
                "boundary",
            ),
            mixed_with=other,
        )
        for digit, other in pairs
    ]
