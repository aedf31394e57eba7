"""Transparency: what shows through transparent pixels, and whether anything does."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml_ci.parity.faults.colours import WITH_ALPHA, Colours, colours_of
from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pixels
from ml_ci.parity.faults.ways import Way, Ways
from ml_ci.steps import IMAGE

Background = tuple[int, int, int]
_HALF = 128
_LINEAR = 2.2  # gamma of a screen, as graphics libraries that blend light have it


def _where(
    concerned: Callable[[Seen], bool], change: Callable[[Colours, Background], Pixels]
) -> Make:
    """Transparent pictures filled by ``change``, where ``concerned``; others as they should be."""

    def make(seen: Seen, reference: Reference) -> Pixels:
        if not concerned(seen):
            return np.asarray(reference.flatten(seen.decoded, seen.content), np.uint8)
        colours = colours_of(seen, reference)
        if colours.opaque and seen.decoded.mode not in WITH_ALPHA:
            return colours.colour
        return change(colours, reference.rule.background)

    return make


def _any(seen: Seen) -> bool:
    del seen
    return True


def _clear_colour(seen: Seen) -> bool:
    return seen.decoded.mode not in (*WITH_ALPHA, "P")


def _palette(seen: Seen) -> bool:
    return seen.decoded.mode == "P"


def _colour(colours: Colours, background: Background) -> Pixels:
    del background
    return colours.colour


def _multiplied_before(colours: Colours, background: Background) -> Pixels:
    """The colour is multiplied by alpha once more."""
    share = colours.alpha.astype(np.uint32)
    again = Colours(
        colour=((colours.colour * share + 127) // 255).astype(np.uint8), alpha=colours.alpha
    )
    return again.over(background)


def _added(colours: Colours, background: Background) -> Pixels:
    """The colour is taken as if it had been multiplied by alpha already."""
    rest = (255 - colours.alpha.astype(np.uint32)) * np.array(background, np.uint32)
    levels = colours.colour + (rest + 127) // 255
    added: Pixels = np.minimum(levels, 255).astype(np.uint8)
    return added


def _thresholded(colours: Colours, background: Background) -> Pixels:
    alpha = np.where(colours.alpha >= _HALF, np.uint8(255), np.uint8(0))
    return colours.over(background, alpha)


def _upside_down(colours: Colours, background: Background) -> Pixels:
    return colours.over(background, 255 - colours.alpha)


def _as_light(colours: Colours, background: Background) -> Pixels:
    share = colours.alpha / 255
    front, back = (
        (np.asarray(one, float) / 255) ** _LINEAR for one in (colours.colour, background)
    )
    levels = 255 * (front * share + back * (1 - share)) ** (1 / _LINEAR)
    return np.rint(levels).astype(np.uint8)


_BLEND = "fill transparent pixels with the background in proportion to alpha, once, before resizing"
_OVER = "https://github.com/haskell-github-trust/Juicy.Pixels/issues/155"
_WITNESS = "a picture with alpha"

FAULTS = (
    Ways(
        id="alpha-dropped",
        step=IMAGE.name,
        title="Alpha dropped",
        symptom="transparent pictures show what lies under their transparent pixels, often black",
        source=_OVER,
        witness=f"{_WITNESS} and another colour than the background under it",
        ways=(
            Way(
                name="dropped",
                said="alpha is dropped: the colours under transparent pixels are used",
                server="Pillow's `convert('RGB')` and OpenCV's `IMREAD_COLOR` drop alpha: "
                f"{_BLEND}",
                make=_where(_any, _colour),
            ),
        ),
    ),
    Ways(
        id="clear-colour-ignored",
        step=IMAGE.name,
        title="A PNG's transparent colour ignored",
        symptom="only PNGs with one transparent colour (tRNS) are answered otherwise",
        source="plausible",
        witness="a grey or RGB PNG with a transparent level or colour",
        ways=(
            Way(
                name="ignored",
                said="the transparent colour of grey and RGB PNGs (tRNS) is ignored",
                server="convert such a PNG to RGBA first (Pillow's `convert('RGBA')` knows its "
                f"transparent colour); then {_BLEND}",
                make=_where(_clear_colour, _colour),
            ),
        ),
    ),
    Ways(
        id="palette-transparency-ignored",
        step=IMAGE.name,
        title="Transparency of a palette ignored",
        symptom="only palette pictures with transparency are answered otherwise",
        source="plausible",
        witness="a palette picture with transparent indices",
        ways=(
            Way(
                name="ignored",
                said="the transparency of palette pictures is ignored",
                server="convert palette pictures to RGBA, not to RGB, where they have "
                f"transparency; then {_BLEND}",
                make=_where(_palette, _colour),
            ),
        ),
    ),
    Ways(
        id="alpha-premultiplied",
        step=IMAGE.name,
        title="Premultiplied alpha taken as straight, or the other way round",
        symptom="half transparent pixels are too dark or too light, opaque ones right",
        source="plausible",
        witness="a picture with half transparent pixels",
        ways=(
            Way(
                name="multiplied twice",
                said="colours are multiplied by alpha twice",
                server="the decoder gives premultiplied colours (canvas, CoreGraphics, Cairo): do "
                "not multiply by alpha again",
                make=_where(_any, _multiplied_before),
                grain=1.0,
            ),
            Way(
                name="never multiplied",
                said="straight colours are taken as premultiplied ones",
                server="the decoder gives straight colours: multiply them by alpha before adding "
                "the background",
                make=_where(_any, _added),
                grain=1.0,
            ),
        ),
    ),
    Ways(
        id="alpha-threshold",
        step=IMAGE.name,
        title="Alpha cut to fully transparent or opaque",
        symptom="soft edges of transparent pictures are hard",
        source="plausible",
        witness="a picture with half transparent pixels",
        ways=(
            Way(
                name="threshold",
                said="alpha is cut at one half: pixels are either transparent or opaque",
                server=f"no GIF and no mask of one bit between: {_BLEND}",
                make=_where(_any, _thresholded),
            ),
        ),
    ),
    Ways(
        id="alpha-inverted",
        step=IMAGE.name,
        title="Alpha the wrong way round",
        symptom="transparent pictures show their background where they should show a colour",
        source="plausible",
        witness=_WITNESS,
        ways=(
            Way(
                name="inverted",
                said="alpha is taken as transparency: 255 as transparent",
                server=f"255 is opaque: look at how the mask is pasted; {_BLEND}",
                make=_where(_any, _upside_down),
            ),
        ),
    ),
    Ways(
        id="alpha-in-linear-light",
        step=IMAGE.name,
        title="Alpha blended in linear light",
        symptom="half transparent pixels are lighter, opaque and transparent ones right",
        source="plausible",
        witness="a picture with half transparent pixels",
        ways=(
            Way(
                name="linear light",
                said="transparency is blended in linear light (gamma 2.2)",
                server="blend the levels 0–255 as they are, without gamma",
                make=_where(_any, _as_light),
                grain=1.0,
            ),
        ),
    ),
)
