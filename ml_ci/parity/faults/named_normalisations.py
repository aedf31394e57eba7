"""Normalisations that have a name: what people write instead of the reference's, by mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from numpy.typing import NDArray

from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.parity.faults.fault import Remedy, Value, Variant
from ml_ci.parity.faults.normalisation import Normalisation, of_settings, usual
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import TENSOR

OTHER_SETS: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "ImageNet": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "CLIP": ((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
    "Inception": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "CIFAR-10": ((0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    "CIFAR-10 (std of the mean image)": ((0.4914, 0.4822, 0.4465), (0.2023, 0.1994, 0.2010)),
    "CIFAR-100": ((0.5071, 0.4867, 0.4408), (0.2675, 0.2565, 0.2761)),
    "SVHN": ((0.4377, 0.4438, 0.4728), (0.1980, 0.2010, 0.1970)),
    "STL-10": ((0.4467, 0.4398, 0.4066), (0.2603, 0.2566, 0.2713)),
    "COCO": ((0.471, 0.448, 0.408), (0.234, 0.239, 0.242)),
    "MNIST": ((0.1307,) * 3, (0.3081,) * 3),
    "Fashion-MNIST": ((0.2860,) * 3, (0.3530,) * 3),
    "EMNIST": ((0.1736,) * 3, (0.3317,) * 3),
    "DPN": ((124 / 255, 117 / 255, 104 / 255), (1 / (0.0167 * 255),) * 3),
}
"""Mean and std on 0–1 as the sets' usual recipes give them, R, G, B."""
DIVISORS = (256.0, 128.0, 127.5, 127.0, 254.0)
_CAFFE = (123.68, 116.779, 103.939)  # R, G, B on 0–255, of Caffe's ImageNet models


_Slip = tuple[str, str, str, Normalisation]  # fault, said, server, does


@dataclass(frozen=True, kw_only=True)
class Named:
    """One of them."""

    fault: str
    """Id of the fault it is a setting of."""
    said: str
    server: str
    """The remedy there, without what is right."""
    does: Normalisation
    parameters: tuple[tuple[str, str | float], ...] = ()


def named(settings: PreprocessSettings) -> list[Named]:
    """All that differ from the reference's normalisation and from each other, simplest first."""
    known = [of_settings(settings)]
    found = []
    for one in _all(settings):
        if not any(one.does.same(other) for other in known):
            known.append(one.does)
            found.append(one)
    return found


def _all(settings: PreprocessSettings) -> Iterator[Named]:
    yield from _scales(settings)
    yield from _without(settings)
    yield from _other_sets(settings)
    yield from _slips(settings)
    yield from _channels(settings)
    yield from _caffe(settings)


def _scales(settings: PreprocessSettings) -> Iterator[Named]:
    mean, std = settings.mean, settings.std
    yield Named(
        fault="not-divided-by-255",
        said="no division by 255 before mean and std",
        server="divide the pixels by 255 before subtracting the mean",
        does=usual(mean, std, divisor=1),
    )
    yield Named(
        fault="divided-by-255-twice",
        said="divided by 255 twice",
        server="divide by 255 once: `ToTensor` and most model wrappers do it already",
        does=usual(mean, std, divisor=255 * 255),
    )
    for divisor in DIVISORS:
        yield Named(
            fault="other-divisor",
            said=f"pixels divided by {divisor:g} instead of 255",
            server=f"divide the pixels by 255, not by {divisor:g}",
            does=usual(mean, std, divisor=divisor),
            parameters=(("divisor", divisor),),
        )


def _without(settings: PreprocessSettings) -> Iterator[Named]:
    mean, std = settings.mean, settings.std
    zeros, ones = [0.0] * len(mean), [1.0] * len(mean)
    halves = [0.5] * len(mean)
    add = "subtract the mean and divide by the std"
    cases = (
        ("mean-std-missing", "pixels on 0–1 without mean and std", add, usual(zeros, ones)),
        (
            "not-normalised",
            "pixels on 0–255, not normalised at all",
            f"divide the pixels by 255, {add}",
            usual(zeros, ones, divisor=1),
        ),
        (
            "minus-one-to-one",
            "pixels on −1 to 1 instead of mean and std",
            f"divide by 255, {add}, instead of `x / 127.5 - 1`",
            usual(halves, halves),
        ),
        ("std-missing", "mean subtracted, but not divided by std", add, usual(mean, ones)),
        ("mean-missing", "divided by std, but mean not subtracted", add, usual(zeros, std)),
    )
    for fault, said, server, does in cases:
        yield Named(fault=fault, said=said, server=server, does=does)


def _other_sets(settings: PreprocessSettings) -> Iterator[Named]:
    channels = settings.channels
    for name, (mean, std) in OTHER_SETS.items():
        if channels == 1 and len(set(mean)) > 1:
            continue
        yield Named(
            fault="mean-std-of-another-set",
            said=f"mean and std of {name}",
            server=f"put this model's mean and std in the place of those of {name}",
            does=usual(mean[:channels], std[:channels]),
            parameters=(("set", name),),
        )


def _slips(settings: PreprocessSettings) -> Iterator[Named]:
    """Mean and std are the right ones and are used wrongly."""
    for fault, said, server, does in (*_scale_slips(settings), *_other_slips(settings)):
        yield Named(fault=fault, said=said, server=server, does=does, parameters=(("how", said),))


def _scale_slips(settings: PreprocessSettings) -> Iterator[_Slip]:
    mean, std = settings.mean, settings.std
    levels = [255 * middle for middle in mean]
    once = "put mean and std on the scale that the pixels have: both on 0–1 after ÷255"
    scale = "mean-on-other-scale"
    yield (scale, "mean on 0–255 subtracted from pixels on 0–1", once, usual(levels, std))
    yield (
        scale,
        "mean on 0–255 subtracted from pixels on 0–255, std on 0–1",
        once,
        usual(levels, std, divisor=1),
    )
    yield (
        scale,
        "std on 0–255 divides pixels on 0–1",
        once,
        usual(mean, [255 * one for one in std]),
    )
    yield (
        "divided-after-normalising",
        "mean and std on pixels of 0–255, then divided by 255",
        "divide by 255 before subtracting the mean",
        usual(mean, std, divisor=1).then([1 / 255] * len(mean), [0.0] * len(mean)),
    )


def _other_slips(settings: PreprocessSettings) -> Iterator[_Slip]:
    mean, std = settings.mean, settings.std
    right = of_settings(settings)
    inverse, zeros = [1 / one for one in std], [0.0] * len(mean)
    bgr = "mean and std in the order of BGR"
    rgb = "give mean and std in the order of the channels, R first"
    square, root = [one**2 for one in std], [one**0.5 for one in std]
    by_std = "divide by the std itself"
    yield "mean-std-bgr", bgr, rgb, usual(mean[::-1], std[::-1])
    variance = "variance-for-std"
    yield variance, "divided by the variance instead of the std", by_std, usual(mean, square)
    yield variance, "divided by the square root of the std", by_std, usual(mean, root)
    multiplied = "multiplied by the std instead of divided"
    yield "multiplied-by-std", multiplied, by_std, usual(mean, inverse)
    again = right.then(inverse, [-middle / one for middle, one in zip(mean, std, strict=True)])
    once = "normalise once: the exported model may do it already"
    yield "normalised-twice", "mean and std applied twice", once, again
    subtract = "subtract the mean from the pixels"
    added = usual([-one for one in mean], std)
    yield "mean-added", "mean added instead of subtracted", subtract, added
    sign = "the sign of the normalised values turned round"
    yield "negative", "the negative: 255 − pixel", "do not invert the pixels", right.inverted()
    yield "negative", sign, subtract, right.then([-1.0] * len(mean), zeros)
    if min(mean) > 0:
        swapped = usual(std, mean)
        yield "mean-std-exchanged", "mean and std exchanged", f"{subtract}, divide by std", swapped


def _channels(settings: PreprocessSettings) -> Iterator[Named]:
    """In another order, before or after the normalisation, or one of them several times."""
    if settings.channels != 3:
        return
    right = of_settings(settings)
    orders = [order for order in permutations(range(3)) if order != (0, 1, 2)]
    orders.sort(key=lambda order: order != (2, 1, 0))
    for fault, some in (
        ("tensor-channel-order", orders),
        ("one-channel-repeated", [(at,) * 3 for at in range(3)]),
    ):
        for order in some:
            letters = "".join("RGB"[at] for at in order)
            does = {
                "normalised": Normalisation(
                    order=order,
                    scale=tuple(right.scale[at] for at in order),
                    offset=tuple(right.offset[at] for at in order),
                ),
                "before": Normalisation(order=order, scale=right.scale, offset=right.offset),
            }
            for when, one in does.items():
                yield Named(
                    fault=fault,
                    said=f"channels {letters} instead of RGB"
                    + (", normalised before they were exchanged" if when == "normalised" else ""),
                    server="give the network the channels in the order R, G, B",
                    does=one,
                    parameters=(("order", letters), ("exchanged", when)),
                )


def _caffe(settings: PreprocessSettings) -> Iterator[Named]:
    if settings.channels != 3:
        return
    for order in ((2, 1, 0), (0, 1, 2)):
        letters = "".join("RGB"[at] for at in order)
        yield Named(
            fault="caffe-normalisation",
            said=f"as Caffe does: {letters} on 0–255, less ImageNet's mean, no std",
            server="divide by 255, subtract this model's mean, divide by its std, R first "
            "(Keras: `mode='torch'` with this model's numbers, not `'caffe'`)",
            does=usual([_CAFFE[at] for at in order], [1.0] * 3, divisor=1, order=order),
            parameters=(("order", letters),),
        )


@dataclass(frozen=True, kw_only=True)
class Making:
    """A normalisation as a fault makes it."""

    does: Normalisation

    def __call__(self, resized: NDArray[Any], reference: Reference) -> NDArray[Any]:
        del reference
        return self.does(resized)


def variant_of(
    fault: str, does: Normalisation, parameters: Mapping[str, Value], said: str, server: str
) -> Variant:
    """The fault ``fault`` of the step `tensor`, with this remedy in the server."""
    return Variant(
        fault=fault,
        step=TENSOR.name,
        parameters=parameters,
        said=said,
        remedy=Remedy(server=server, script=does.script),
        make=Making(does=does),
    )
