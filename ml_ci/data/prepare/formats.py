"""Recipes by format: every way an image is stored that clients really send."""

from __future__ import annotations

from ml_ci.data.prepare import encoders
from ml_ci.data.prepare.drawing import centred
from ml_ci.data.prepare.recipe import (
    BLACK,
    BLUE,
    BROWN,
    CREAM,
    CYAN,
    GREEN,
    MAGENTA,
    MID,
    MID_LIGHT,
    NAVY,
    ORANGE,
    RED,
    WHITE,
    YELLOW,
    Recipe,
    recipe,
)


def format_recipes() -> tuple[Recipe, ...]:
    """Each one a witness for `decoded` or `image`."""
    return (
        *_orientations(),
        *_subsampled(),
        *_progressive(),
        *_jpeg_colours(),
        *_containers(),
        *_transparent(),
        *_palettes_and_greys(),
        *_deep(),
        *_other_formats(),
    )


def _orientations() -> list[Recipe]:
    mirrored = {2, 4, 5, 7}
    colours = ((RED, CREAM), (NAVY, ORANGE), (YELLOW, NAVY), (GREEN, WHITE))
    recipes = [
        recipe(
            f"exif-{orientation}.jpg",
            "37453692"[orientation - 1],
            centred(150, 100 + 4 * orientation, fill=85),
            colours[orientation % 4],
            encoders.turned("JPEG", orientation),
            "exif-mirror exif-orientation" if orientation in mirrored else "exif-orientation",
        )
        for orientation in range(1, 9)
    ]
    png, webp = encoders.turned("PNG", 6), encoders.turned("WEBP", 8)
    return [
        *recipes,
        recipe("exif-6.png", "7", centred(96, 70), (BLUE, CREAM), png, "exif-orientation"),
        recipe("exif-8.webp", "4", centred(70, 96), (CREAM, BROWN), webp, "exif-orientation webp"),
    ]


def _subsampled() -> list[Recipe]:
    """Colour at full, half and quarter resolution."""
    jpeg, small = encoders.jpeg, centred(120, 120)
    return [
        recipe(
            "jpeg-420.jpg", "5", centred(160, 120), (RED, CYAN), jpeg("4:2:0", 75), "chroma-420"
        ),
        recipe(
            "jpeg-420-odd.jpg",
            "8",
            centred(61, 83),
            (BLUE, YELLOW),
            jpeg("4:2:0", 90),
            "chroma-420 odd-size",
        ),
        recipe(
            "jpeg-420-small.jpg",
            "3",
            centred(40, 44),
            (MAGENTA, YELLOW),
            jpeg("4:2:0", 85),
            "chroma-420",
        ),
        recipe("jpeg-422.jpg", "0", small, (RED, YELLOW), jpeg("4:2:2", 85), "chroma-422"),
        recipe("jpeg-444.jpg", "6", small, (RED, CYAN), jpeg("4:4:4", 90), "chroma-444"),
        recipe(
            "jpeg-444-large.jpg",
            "9",
            centred(400, 300),
            (YELLOW, BLUE),
            jpeg("4:4:4", 80),
            "chroma-444 large dark-paper",
        ),
        recipe(
            "jpeg-quality-25.jpg",
            "2",
            small,
            (NAVY, YELLOW),
            jpeg("4:2:0", 25),
            "chroma-420 low-quality",
        ),
    ]


def _progressive() -> list[Recipe]:
    """In several passes, coarse to fine."""
    jpeg = encoders.jpeg
    return [
        recipe(
            "jpeg-progressive.jpg",
            "1",
            centred(130, 110),
            (BROWN, CYAN),
            jpeg("4:2:0", 80, progressive=True),
            "chroma-420 progressive",
        ),
        recipe(
            "jpeg-progressive-444.jpg",
            "4",
            centred(90, 120),
            (ORANGE, NAVY),
            jpeg("4:4:4", 88, progressive=True),
            "chroma-444 progressive dark-paper",
        ),
    ]


def _jpeg_colours() -> list[Recipe]:
    """JPEGs that are not in YCbCr."""
    small = centred(120, 120)
    return [
        recipe(
            "jpeg-rgb.jpg",
            "7",
            small,
            (RED, WHITE),
            encoders.plain("JPEG", quality=90, keep_rgb=True),
            "rgb-jpeg",
        ),
        recipe(
            "jpeg-grey.jpg",
            "5",
            small,
            (BLACK, CREAM),
            encoders.plain("JPEG", "L", quality=85),
            "grey",
        ),
        recipe("jpeg-cmyk.jpg", "3", small, (RED, CREAM), encoders.cmyk, "cmyk"),
        recipe(
            "jpeg-cmyk-plain.jpg",
            "8",
            small,
            (BLUE, YELLOW),
            encoders.cmyk_plain,
            "cmyk cmyk-plain",
        ),
        recipe("jpeg-ycck.jpg", "2", small, (GREEN, CREAM), encoders.ycck, "cmyk ycck"),
    ]


def _containers() -> list[Recipe]:
    """More than one picture in a file, or a colour profile."""
    profiled, small = encoders.profiled, centred(120, 120)
    return [
        recipe(
            "jpeg-multi.jpg",
            "9",
            small,
            (MAGENTA, CREAM),
            encoders.multi,
            "chroma-420 multi-picture",
        ),
        recipe(
            "jpeg-icc.jpg", "6", small, (RED, CREAM), profiled("JPEG", quality=90), "chroma-420 icc"
        ),
        recipe(
            "png-icc.png", "0", centred(64, 80), (ORANGE, NAVY), profiled("PNG"), "icc dark-paper"
        ),
    ]


def _transparent() -> list[Recipe]:
    alpha = encoders.alpha
    sheet = centred(90, 110)
    return [
        recipe("alpha-opaque-ink.png", "3", sheet, (RED, WHITE), alpha("PNG", 255, BLACK), "alpha"),
        recipe("alpha-half.png", "6", sheet, (NAVY, WHITE), alpha("PNG", 160, ORANGE), "alpha"),
        recipe(
            "alpha-hidden-colour.png",
            "5",
            sheet,
            (GREEN, WHITE),
            alpha("PNG", 255, MAGENTA),
            "alpha",
        ),
        recipe(
            "alpha-black-on-black.png",
            "1",
            sheet,
            (BLACK, WHITE),
            alpha("PNG", 255, BLACK),
            "alpha",
        ),
        recipe(
            "alpha-lossless.webp",
            "4",
            sheet,
            (BLUE, WHITE),
            alpha("WEBP", 230, YELLOW, lossless=True, exact=True),
            "alpha webp",
        ),
        recipe(
            "alpha-lossy.webp",
            "9",
            sheet,
            (BROWN, WHITE),
            alpha("WEBP", 255, GREEN, quality=80),
            "alpha webp",
        ),
    ]


def _palettes_and_greys() -> list[Recipe]:
    palette = encoders.palette
    key = encoders.grey_key
    sheet = centred(80, 72)
    fading = bytes(index * 17 for index in range(16))
    return [
        recipe("palette.png", "2", sheet, (BLUE, YELLOW), palette("PNG"), "palette"),
        recipe(
            "palette-one-clear.png",
            "5",
            sheet,
            (RED, YELLOW),
            palette("PNG", 0),
            "palette palette-alpha alpha",
        ),
        recipe(
            "palette-fading.png",
            "7",
            sheet,
            (NAVY, GREEN),
            palette("PNG", fading),
            "palette palette-alpha alpha",
        ),
        recipe("grey.png", "0", sheet, (BLACK, CREAM), encoders.plain("PNG", "L"), "grey"),
        recipe(
            "grey-alpha.png", "6", sheet, (BLACK, WHITE), encoders.grey_alpha, "alpha grey-alpha"
        ),
        recipe("grey-clear-level.png", "1", sheet, (BLACK, MID_LIGHT), key, "alpha grey"),
        recipe("one-bit.png", "4", sheet, (BLACK, WHITE), encoders.one_bit, "one-bit"),
    ]


def _deep() -> list[Recipe]:
    sixteen = encoders.sixteen
    sheet = centred(60, 52)
    return [
        recipe("sixteen-grey.png", "8", sheet, (BLACK, CREAM), sixteen(1), "grey sixteen-bit"),
        recipe(
            "sixteen-grey-dark.png",
            "3",
            sheet,
            (MID_LIGHT, NAVY),
            sixteen(1),
            "dark-paper grey sixteen-bit",
        ),
        recipe("sixteen-rgb.png", "9", sheet, (RED, YELLOW), sixteen(3), "sixteen-bit"),
        recipe(
            "sixteen-grey-alpha.png",
            "7",
            sheet,
            (BLACK, MID),
            sixteen(2),
            "alpha grey-alpha sixteen-bit",
        ),
        recipe("sixteen-rgba.png", "5", sheet, (BLUE, ORANGE), sixteen(4), "alpha sixteen-bit"),
    ]


def _other_formats() -> list[Recipe]:
    plain = encoders.plain
    sheet = centred(100, 84)
    return [
        recipe(
            "webp-lossy.webp", "2", sheet, (RED, CYAN), plain("WEBP", quality=75), "chroma-420 webp"
        ),
        recipe(
            "webp-lossless.webp",
            "0",
            sheet,
            (YELLOW, MAGENTA),
            plain("WEBP", lossless=True),
            "webp",
        ),
        recipe("bitmap.bmp", "1", centred(45, 50), (NAVY, CREAM), plain("BMP"), "bmp"),
        recipe("still.gif", "6", sheet, (BROWN, CYAN), encoders.palette("GIF"), "gif palette"),
    ]
