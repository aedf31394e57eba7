"""Filtered: every picture is smoothed or sharpened."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter
from scipy.ndimage import gaussian_filter
from scipy.optimize import minimize_scalar

from ml_ci.parity.faults.fault import Parameter, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pair, Pixels, Retouch, Touch, apart, nearest, of_one_size
from ml_ci.steps import IMAGE

_RANGE = (0.2, 10.0)  # px
_COMPARED = 3  # pictures on which a radius is searched: those in the middle by size
_KERNELS: dict[str, ImageFilter.Filter] = {
    "sharpen": ImageFilter.SHARPEN(),
    "detail": ImageFilter.DETAIL(),
    "edge enhance": ImageFilter.EDGE_ENHANCE(),
    "unsharp mask": ImageFilter.UnsharpMask(),
}
_SMOOTH: dict[str, ImageFilter.Filter] = {
    "3×3 mean": ImageFilter.BoxBlur(1),
    "5×5 mean": ImageFilter.BoxBlur(2),
    "smooth": ImageFilter.SMOOTH(),
    "smooth more": ImageFilter.SMOOTH_MORE(),
    "3×3 median": ImageFilter.MedianFilter(3),
    "5×5 median": ImageFilter.MedianFilter(5),
}


@dataclass(frozen=True, kw_only=True)
class Kernels(Retouch):
    """One of Pillow's filters of fixed size."""

    filters: dict[str, ImageFilter.Filter]
    said: str

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """All of them."""
        del reference
        return [self._touch(name) for name in self.filters]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """The nearest."""
        return nearest(self.usual(reference), _some(pairs)) if of_one_size(pairs) else []

    def _touch(self, name: str) -> Touch:
        kernel = self.filters[name]
        return Touch(
            parameters={"filter": name},
            said=self.said.format(name),
            change=lambda picture: np.array(Image.fromarray(picture).filter(kernel)),
            grain=1.0,
        )


@dataclass(frozen=True, kw_only=True)
class Blurred(Retouch):
    """A Gaussian, by Pillow, which approximates it by boxes, or by its kernel."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its standard deviation in pixels."""
        return (Parameter(name="sigma", low=_RANGE[0], high=_RANGE[1], whole=False),)

    def usual(self, reference: Reference) -> Iterable[Touch]:
        """One and two pixels."""
        del reference
        return [self._touch(sigma, "boxes") for sigma in (1.0, 2.0)]

    def estimate(self, pairs: Sequence[Pair], reference: Reference) -> Iterable[Touch]:
        """The nearest by either, rounded where that is no further."""
        del reference
        if not of_one_size(pairs):
            return []
        some, found = _some(pairs), []
        for kind in ("boxes", "kernel"):
            grid = np.geomspace(*_RANGE, 20)
            far = [apart(self._touch(float(sigma), kind), some) for sigma in grid]
            at = int(np.argmin(far))
            best = minimize_scalar(
                lambda sigma, kind=kind: apart(self._touch(float(sigma), kind), some),
                bounds=(grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)]),
                method="bounded",
                options={"xatol": 1e-3},
            )
            sigma = float(best.x)
            digits = (round(sigma, 1), round(sigma, 2), sigma)
            found += [self._touch(one, kind) for one in digits if one > 0]
        return nearest(found, some)

    def at(self, values: Sequence[float], reference: Reference) -> Variant | None:
        """This deviation, as Pillow does it."""
        del reference
        return self.variant(self._touch(float(values[0]), "boxes")) if values[0] > 0 else None

    def _touch(self, sigma: float, kind: str) -> Touch:
        def change(picture: Pixels) -> Pixels:
            if kind == "boxes":
                blur = ImageFilter.GaussianBlur(sigma)
                return np.array(Image.fromarray(picture).filter(blur))
            smooth = gaussian_filter(picture.astype(np.float64), (sigma, sigma, 0), mode="mirror")
            return np.rint(smooth).astype(np.uint8)

        return Touch(
            parameters={"sigma": sigma, "by": kind},
            said=f"every picture is blurred by a Gaussian of {sigma:.3g} px",
            change=change,
            grain=1.0,
        )


def _some(pairs: Sequence[Pair]) -> list[Pair]:
    ranked = sorted(pairs, key=lambda pair: pair[0].size)
    return ranked[len(ranked) // 2 :][:_COMPARED]


_SERVER = "remove the filter, or filter training pictures in the same way"

FAULTS: tuple[Retouch, ...] = (
    Blurred(
        id="blurred",
        step=IMAGE.name,
        title="Blurred by a Gaussian",
        symptom="pictures with fine detail are answered less surely",
        source="plausible",
        witness="a picture with fine detail",
        server=_SERVER,
    ),
    Kernels(
        id="smoothed",
        step=IMAGE.name,
        title="Smoothed, by a mean or a median",
        symptom="pictures with fine detail are answered less surely",
        source="plausible",
        witness="a picture with fine detail",
        server=_SERVER,
        filters=_SMOOTH,
        said="every picture is smoothed ({})",
    ),
    Kernels(
        id="sharpened",
        step=IMAGE.name,
        title="Sharpened",
        symptom="edges of pictures are harder, and answers surer or less sure",
        source="plausible",
        witness="a picture with fine detail",
        server=_SERVER,
        filters=_KERNELS,
        said="every picture is sharpened ({})",
    ),
)
