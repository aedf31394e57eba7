"""Another filter, or the same one otherwise: antialiasing, coordinates, edges, clamp.

The definition is ``resampling.matrices``. Against the libraries, 196 pairs of sides of 1 to 500 px,
largest difference in grey levels: Pillow in floats 3e-5 (nearest 0), OpenCV in floats 7e-3
(nearest, area 8e-5), torch 1e-2 without antialiasing (nearest and area 2e-5), ONNX Runtime 7e-3
with every coordinate transformation (antialiased 2e-3), scikit-image 4e-13, scipy's zoom 6e-13.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ml_ci.parity.faults.resampling import known
from ml_ci.parity.faults.resampling.known import with_each
from ml_ci.parity.faults.resampling.matrices import Resampling
from ml_ci.parity.faults.resampling.otherwise import Otherwise
from ml_ci.parity.faults.resampling.recipe import Recipe

_FINE = "a picture larger than the model's size with fine texture"
_ANY = "a picture of another size than the model's"


def _of_reference(base: Recipe) -> str:
    return "bilinear" if base.resampling == known.BILINEAR else "bicubic"


def _bilinear(base: Recipe) -> list[Recipe]:
    other = _of_reference(base) != "bilinear"
    return with_each(base, [known.BILINEAR, known.PLAIN_BILINEAR]) if other else []


def _bicubic(base: Recipe) -> list[Recipe]:
    other = _of_reference(base) != "bicubic"
    return with_each(base, [known.BICUBIC, known.PLAIN_BICUBIC]) if other else []


def _more(usual: Callable[[Recipe], list[Recipe]]) -> Callable[[Recipe], list[Recipe]]:
    """The same with the other clamp."""
    return lambda base: known.unclamped(usual(base))


def _more_bicubic(base: Recipe) -> list[Recipe]:
    if _of_reference(base) == "bicubic":
        return []
    sharper = Resampling(kernel="bicubic -0.75")
    plain = [*known.plain("bicubic -0.75"), *known.plain("bicubic -0.5")]
    recipes = with_each(base, [sharper, *plain])
    return [*recipes, *known.unclamped([*_bicubic(base), *recipes])]


def _plain(base: Recipe) -> list[Recipe]:
    if _of_reference(base) == "bilinear":
        return with_each(base, [known.PLAIN_BILINEAR])
    return with_each(base, [known.PLAIN_BICUBIC])


def _more_plain(base: Recipe) -> list[Recipe]:
    if _of_reference(base) == "bilinear":
        return []
    more = with_each(base, [*known.plain("bicubic -0.75"), *known.plain("bicubic -0.5")])
    return [*more, *known.unclamped(more)]


def _grid(*grids: str) -> list[Resampling]:
    return [how for how in known.other_coordinates() if how.grid in grids]


def _with_clamps(base: Recipe, hows: list[Resampling]) -> list[Recipe]:
    recipes = with_each(base, hows)
    return [*recipes, *known.unclamped(recipes)]


def _same_kernel(base: Recipe, hows: list[Resampling]) -> list[Recipe]:
    kernel = {"bilinear": "bilinear", "bicubic": "bicubic -0.75"}[_of_reference(base)]
    return with_each(base, [how for how in hows if how.kernel == kernel])


def _cubic_coefficient(base: Recipe) -> list[Recipe]:
    if _of_reference(base) != "bicubic":
        return []
    return with_each(base, [Resampling(kernel="bicubic -0.75")])


def _edges(base: Recipe) -> list[Recipe]:
    return with_each(base, [replace(base.resampling, border="repeated")])


def _clamp(base: Recipe) -> list[Recipe]:
    return [replace(base, clamp=not base.clamp)]


FAULTS = (
    Otherwise(
        id="filter-nearest",
        title="Resized with the nearest pixel",
        symptom="edges are jagged, fine texture turns to noise; accuracy may not move",
        source="https://arxiv.org/abs/2104.11222",
        witness=_ANY,
        usual=lambda base: with_each(base, known.nearests()[:3]),
        wider=lambda base: with_each(base, known.nearests()[3:]),
    ),
    Otherwise(
        id="filter-bilinear",
        title="Resized with a bilinear filter",
        symptom="pictures are a little softer; accuracy may not move",
        source="https://github.com/NVIDIA/DALI/issues/1993",
        witness=_ANY,
        as_bytes=True,
        usual=_bilinear,
    ),
    Otherwise(
        id="filter-bicubic",
        title="Resized with a bicubic filter",
        symptom="edges are a little sharper, with halos; accuracy may not move",
        source="https://github.com/NVIDIA/DALI/issues/1993",
        witness=_ANY,
        as_bytes=True,
        usual=_bicubic,
        wider=_more_bicubic,
    ),
    Otherwise(
        id="filter-lanczos",
        title="Resized with a Lanczos filter",
        symptom="edges are a little sharper, with halos; accuracy may not move",
        source="https://github.com/NVIDIA/DALI/issues/1993",
        witness=_ANY,
        as_bytes=True,
        usual=lambda base: with_each(base, [known.LANCZOS, known.LANCZOS4]),
        wider=lambda base: _with_clamps(
            base,
            [
                *(known.LANCZOS, known.LANCZOS4, Resampling(kernel="lanczos5")),
                *known.plain("lanczos3"),
                *known.plain("lanczos4"),
            ],
        ),
    ),
    Otherwise(
        id="filter-area",
        title="Resized by averaging areas",
        symptom="shrunk pictures are a little sharper, grown ones are made of blocks",
        source="https://github.com/mlcommons/inference/issues/201",
        witness=_ANY,
        as_bytes=True,
        usual=lambda base: with_each(base, [known.AREA, Resampling(kernel="adaptive")]),
    ),
    Otherwise(
        id="filter-box",
        title="Resized with a box filter",
        symptom="shrunk pictures are a little sharper, grown ones are made of blocks",
        source="plausible",
        witness=_ANY,
        as_bytes=True,
        usual=lambda base: with_each(base, [known.BOX]),
    ),
    Otherwise(
        id="filter-hamming",
        title="Resized with a Hamming filter",
        symptom="pictures are a little sharper; accuracy may not move",
        source="plausible",
        witness=_ANY,
        as_bytes=True,
        usual=lambda base: with_each(base, [known.HAMMING]),
    ),
    Otherwise(
        id="filter-smooth",
        title="Resized with a Mitchell or a Gaussian filter",
        symptom="pictures are softer; accuracy may not move",
        source="plausible",
        witness=_ANY,
        usual=lambda base: with_each(
            base, [Resampling(kernel="mitchell"), Resampling(kernel="gaussian")]
        ),
        wider=lambda base: known.unclamped(with_each(base, [Resampling(kernel="mitchell")])),
    ),
    Otherwise(
        id="filter-scientific",
        title="Resized by scikit-image or scipy",
        symptom="pictures are softer, or aliased where splines are used",
        source="plausible",
        witness=_ANY,
        usual=lambda base: with_each(
            base, [Resampling(kernel="scikit-image"), Resampling(kernel="spline")]
        ),
        wider=lambda base: known.unclamped(with_each(base, [Resampling(kernel="spline")])),
    ),
    Otherwise(
        id="antialias-off",
        title="Shrunk without antialiasing",
        symptom="fine texture turns to noise where large pictures are shrunk",
        source="https://github.com/pytorch/vision/issues/2950",
        witness=_FINE,
        usual=_plain,
        wider=_more_plain,
    ),
    Otherwise(
        id="align-corners",
        title="Corners aligned instead of half-pixel centres",
        symptom="pictures are stretched by a part of a pixel, most at the border",
        source="https://github.com/onnx/onnx/issues/4276",
        witness=_ANY,
        usual=lambda base: _same_kernel(base, _grid("align corners")),
        wider=lambda base: _with_clamps(base, _grid("align corners")),
    ),
    Otherwise(
        id="asymmetric-coordinates",
        title="Coordinates without half-pixel centres",
        symptom="pictures move up and left by half a pixel",
        source="https://github.com/onnx/onnx/issues/4276",
        witness=_ANY,
        usual=lambda base: _same_kernel(base, _grid("asymmetric")),
        wider=lambda base: _with_clamps(base, _grid("asymmetric")),
    ),
    Otherwise(
        id="bicubic-coefficient",
        title="Another bicubic: a = −0.75 instead of −0.5",
        symptom="halos at edges are stronger; accuracy may not move",
        source="plausible",
        witness=_ANY,
        usual=_cubic_coefficient,
        wider=_more(_cubic_coefficient),
    ),
    Otherwise(
        id="edges-repeated",
        title="Pixels beyond the border repeat the edge",
        symptom="only the outermost pixels differ",
        source="https://github.com/libvips/pyvips/issues/148",
        witness="a picture with detail at its border",
        usual=_edges,
    ),
    Otherwise(
        id="clamp",
        title="Overshoot of bicubic cut off, or left",
        symptom="only pixels beside strong edges differ",
        source="plausible",
        witness="a picture with strong edges between black and white",
        usual=_clamp,
    ),
)
