"""Wording: what a recipe does otherwise than the reference's, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from ml_ci.parity.faults.fault import Remedy, Value
from ml_ci.parity.faults.resampling.matrices import Resampling
from ml_ci.parity.faults.resampling.recipe import FILTERS, Before, Recipe


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One setting that is not the reference's."""

    name: str
    value: Value
    said: str
    server: str
    script: str = ""


_NAMED = {
    "nearest": "nearest",
    "nearest, Pillow": "nearest (as Pillow)",
    "nearest, fixed point": "nearest (in fixed point)",
    "nearest, OpenCV": "nearest (as OpenCV, ⌊i × scale⌋)",
    "nearest, torch": "nearest (as torch, ⌊i × scale⌋ in float32)",
    "nearest, half down": "nearest (ties downwards)",
    "nearest, corners": "nearest (corners aligned)",
    "nearest, round": "nearest (i × scale rounded)",
    "area": "area",
    "adaptive": "adaptive average",
    "scikit-image": "scikit-image's resize",
    "spline": "scipy's zoom",
}
_GRIDS = {
    "align corners": "corners aligned",
    "asymmetric": "asymmetric coordinates",
    "pytorch half pixel": "`pytorch_half_pixel` coordinates",
}
_FITS = {
    "stretch": "stretched to the size",
    "pad": "padded, then resized",
    "crop": "cropped, then resized",
    "short_side_crop": "the short side resized, then cropped",
    "long_side_pad": "the long side resized, then padded",
    "two_pass_pad": "resized, padded and resized again",
}
_LEVELS = {
    "rounded": "rounded to whole levels",
    "truncated": "cut off to whole levels",
    "Pillow": "in whole levels, as Pillow",
    "Pillow 12": "in whole levels, as Pillow until 12",
    "OpenCV": "in whole levels, as OpenCV",
    "float16": "in float16",
}
_ROUNDINGS = {"half up": "half up", "down": "down", "up": "up", "half even": "half to even"}


def differences(recipe: Recipe, base: Recipe) -> list[Difference]:
    """Those of ``recipe`` from ``base``, in the order in which a picture meets them."""
    found = [tell(recipe, base) for tell in _TOLD]
    return [one for one in found if one is not None]


def said(found: list[Difference]) -> str:
    """For the verdict line."""
    return ", ".join(one.said for one in found)


def remedy(found: list[Difference]) -> Remedy:
    """For either side; nothing for the script where one of them cannot be said in params.yaml."""
    scripts = [one.script for one in found]
    settings = " and ".join(scripts) if all(scripts) else ""
    return Remedy(
        server="; ".join(one.server for one in found),
        script=f"set {settings}, then train and export again" if settings else "",
    )


def filter_name(how: Resampling) -> str:
    """In a few words; no two resamplings have the same."""
    if how.kernel in _NAMED:
        return _NAMED[how.kernel]
    name = how.kernel.removesuffix(" -0.5").removesuffix(" -0.75")
    if how.kernel == "bicubic -0.75":
        name += " (a = −0.75)"
    if not how.antialias:
        name += " without antialiasing"
    if how.grid != "half pixel":
        name += f", {_GRIDS[how.grid]}"
    usual = "left out" if how.antialias or how.kernel == "bilinear" else "repeated"
    if how.grid == "half pixel" and how.border != usual:
        name += f", pixels beyond the edge {how.border}"
    if how.reducing_gap:
        name += f", reduced in blocks first (`reducing_gap={how.reducing_gap:g}`)"
    return name


def _resampling(recipe: Recipe, base: Recipe) -> Difference | None:
    ours, theirs = base.resampling, recipe.resampling
    if ours == theirs:
        return None
    names = [name for name, how in FILTERS.items() if how == theirs]
    return Difference(
        name="filter",
        value=filter_name(theirs),
        said=f"{filter_name(theirs)} instead of {filter_name(ours)}",
        server=f"resize with an antialiased {filter_name(ours)} filter and half-pixel centres, "
        f"like Pillow's `Image.Resampling.{filter_name(ours).upper()}`",
        script=f"`preprocess.filter: {names[0]}`" if names else "",
    )


def _fit(recipe: Recipe, base: Recipe) -> Difference | None:
    if recipe.fit == base.fit:
        return None
    return Difference(
        name="fit",
        value=recipe.fit,
        said=f"{_FITS[recipe.fit]} instead of {_FITS[base.fit]}",
        server=f"fit the picture as `{base.fit}` does: {_FITS[base.fit]}",
        script=f"`preprocess.fit: {recipe.fit}`",
    )


def _ratio(recipe: Recipe, base: Recipe) -> Difference | None:
    if recipe.ratio == base.ratio or recipe.fit not in ("short_side_crop", "two_pass_pad"):
        return None
    theirs, ours = (f"{one.ratio:.4g}" for one in (recipe, base))
    return Difference(
        name="resize_ratio",
        value=recipe.ratio,
        said=f"resized to {theirs} × the size before it is cut, not {ours} ×",
        server=f"resize to {ours} × the final size before cropping or padding",
        script=f"`preprocess.resize_ratio: {recipe.ratio:.6g}`",
    )


def _colour(recipe: Recipe, base: Recipe) -> Difference | None:
    if recipe.pad_colour == base.pad_colour or recipe.margin != "colour":
        return None
    theirs, ours = (
        "[" + ", ".join(f"{level:.4g}" for level in one.pad_colour) + "]" for one in (recipe, base)
    )
    whole = all(level == int(level) for level in recipe.pad_colour)
    return Difference(
        name="pad_colour",
        value=recipe.pad_colour,
        said=f"padded with {theirs} instead of {ours}",
        server=f"pad with the colour {ours} (RGB)",
        script=f"`preprocess.pad_colour: {theirs}`" if whole else "",
    )


def _clamp(recipe: Recipe, base: Recipe) -> Difference | None:
    if recipe.clamp == base.clamp or not recipe.overshoots:
        return None
    cut = "is not cut back to 0–255" if base.clamp else "is cut back to 0–255"
    settable = recipe.resampling in FILTERS.values()
    return Difference(
        name="clamp",
        value=str(recipe.clamp).lower(),
        said=f"what the filter overshoots {cut}",
        server="clip to 0–255 after resizing" if base.clamp else "do not clip after resizing",
        script=f"`preprocess.clamp: {str(recipe.clamp).lower()}`" if settable else "",
    )


def _simple(
    name: str, say: str | Callable[[Recipe], str], server: str | Callable[[Recipe], str]
) -> Callable[[Recipe, Recipe], Difference | None]:
    """One that params.yaml has no word for; ``say`` it of the recipe, ``server`` of the base."""

    def tell(recipe: Recipe, base: Recipe) -> Difference | None:
        value = getattr(recipe, name)
        if value == getattr(base, name):
            return None
        return Difference(
            name=name,
            value=_shown(value),
            said=say if isinstance(say, str) else say(recipe),
            server=server if isinstance(server, str) else server(base),
        )

    return tell


def _shown(value: object) -> Value:
    """As a parameter; two values are never shown alike, because variants are known by it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Before):
        return f"{value.kind} {value.amount!r}"
    return cast("Value", value)


def _before(recipe: Recipe) -> str:
    before = recipe.before
    if before is None:
        return "fitted at once"
    return {
        "stretched to": f"stretched to {before.amount:g}×{before.amount:g} first",
        "short side to": f"the short side resized to {before.amount:g} first",
        "long side to": f"the long side reduced to {before.amount:g} first",
        "halved": "halved again and again first",
        "blurred": f"blurred first, sigma {before.amount:.3g} px",
    }[before.kind]


def _place(anchor: tuple[float, float]) -> str:
    down, across = (
        {0.0: first, 0.5: "middle", 1.0: last}.get(at, f"{at:.0%}")
        for at, first, last in zip(anchor, ("top", "left"), ("bottom", "right"), strict=True)
    )
    return "centred" if anchor == (0.5, 0.5) else f"at the {down} {across}"


_TOLD = (
    _simple(
        "grey",
        "grey in whole levels before it is resized",
        "weigh R, G and B as floats, without rounding",
    ),
    _simple(
        "window",
        lambda one: f"the middle {one.window:.4g} of each side cut out first",
        "do not crop before the picture is fitted",
    ),
    _simple("before", _before, "resize in one step from the decoded picture"),
    _fit,
    _ratio,
    _simple(
        "exchanged",
        "height and width of the computed size exchanged",
        (
            "exchange height and width where the size is handed over: Pillow and OpenCV "
            "take (width, height), arrays and torch (height, width)"
        ),
    ),
    _simple(
        "sides",
        lambda one: f"computed sides rounded {_ROUNDINGS[one.sides]}",
        lambda one: f"round computed sides {_ROUNDINGS[one.sides]}",
    ),
    _resampling,
    _simple(
        "light",
        "resized in linear light",
        "resize the levels as they are, without gamma",
    ),
    _clamp,
    _simple(
        "anchor",
        lambda one: f"the picture or the crop {_place(one.anchor)}",
        "centre the picture in its margins and the crop in the picture",
    ),
    _simple(
        "odd",
        lambda one: f"half a margin rounded {_ROUNDINGS[one.odd]}",
        lambda one: (
            f"round half a margin {_ROUNDINGS[one.odd]}: an odd pixel goes to the bottom or right"
        ),
    ),
    _simple(
        "offset",
        lambda one: f"cropped {one.offset[0]:+d} px down and {one.offset[1]:+d} px to the right",
        "crop at ⌊(side − size) ÷ 2⌋",
    ),
    _simple(
        "margin",
        lambda one: (
            "margins repeat the picture's edge"
            if one.margin == "edge"
            else "margins mirror the picture"
        ),
        lambda one: f"pad with the colour [{', '.join(f'{level:g}' for level in one.pad_colour)}]",
    ),
    _colour,
    _simple("sharpened", "sharpened", "do not sharpen after resizing"),
    _simple(
        "levels",
        lambda one: _LEVELS[one.levels],
        "convert to float32 before resizing and do not round",
    ),
    _simple(
        "transposed",
        "height and width of the result exchanged",
        "keep (height, width, channels), then (channels, height, width)",
    ),
    _simple(
        "scaled",
        "levels of 0–1 instead of 0–255",
        "record `resized` before dividing by 255",
    ),
)
