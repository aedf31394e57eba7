from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.image.colour_space import FAULTS as SPACES
from ml_ci.parity.faults.image.mixing import FAULTS
from ml_ci.parity.faults.reference import Reference
from tests.builders.fault_targets import named, retouched, said, silent
from tests.builders.faults import reference


def weighed(*weights: float) -> Make:
    def change(picture: Any) -> Any:
        grey = (picture * np.array(weights)).sum(axis=2, keepdims=True)
        return np.rint(grey).clip(0, 255).astype(np.uint8).repeat(3, axis=2)

    return retouched(change)


def luma_of_pillow(seen: Seen, reference: Reference) -> Any:
    picture = Image.fromarray(np.asarray(reference.flatten(seen.decoded, seen.content)))
    return np.asarray(picture.convert("L").convert("RGB"))


def paler(picture: Any) -> Any:
    return np.asarray(ImageEnhance.Color(Image.fromarray(picture)).enhance(0.63))


def read_as_bt709(picture: Any) -> Any:
    y, cb, cr = np.moveaxis(
        picture
        @ np.array(
            [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]
        ).T,
        2,
        0,
    )
    rgb = np.stack([y + 1.5748 * cr, y - 0.1873 * cb - 0.4681 * cr, y + 1.8556 * cb], axis=2)
    return np.rint(rgb.clip(0, 255)).astype(np.uint8)


def sepia(picture: Any) -> Any:
    matrix = np.array([[0.393, 0.6, 0.189], [0.349, 0.5, 0.168], [0.272, 0.4, 0.131]])
    return np.rint(picture @ matrix.T).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("BT.601", luma_of_pillow),
        ("BT.709", weighed(0.2126, 0.7152, 0.0722)),
        ("the mean", weighed(1 / 3, 1 / 3, 1 / 3)),
        ("BT.601 with red and blue exchanged", weighed(0.114, 0.587, 0.299)),
    ],
)
def test_grey__has_a_name(name: str, target: Make) -> None:
    assert [{"weights": name}] == named("grey", target)
    assert [] == silent([*FAULTS, *SPACES], target, but=("grey",))


def test_grey__is_estimated() -> None:
    [found] = named("grey", weighed(0.5, 0.2, 0.3))
    assert (0.5, 0.2, 0.3) == pytest.approx(found["weights"], abs=1e-3)
    assert ["colours become grey, weighted by 0.5, 0.2, 0.3 of R, G, B"] == said(
        "grey", weighed(0.5, 0.2, 0.3)
    )


def test_grey__the_weights_of_a_reference_of_one_channel_are_no_fault() -> None:
    variants = fault_of("grey").variants(reference(channels=1, mean=[0.5], std=[0.25]))
    assert "BT.601" not in [variant.parameters["weights"] for variant in variants]


@pytest.mark.parametrize(("name", "channel"), [("red", 0), ("green", 1), ("blue", 2)])
def test_one_channel__is_named(name: str, channel: int) -> None:
    target = retouched(lambda picture: picture[..., [channel] * 3])
    assert [{"weights": name}] == named("one-channel", target)
    assert [] == silent(FAULTS, target, but=("one-channel",))


def test_saturation__is_estimated() -> None:
    [found] = named("saturation", retouched(paler))
    assert pytest.approx(0.63, abs=0.005) == found["factor"]
    assert [] == silent(FAULTS, retouched(paler), but=("saturation",))


def test_colour_matrix__has_a_name() -> None:
    assert [{"matrix": "BT.709 instead of BT.601"}] == named(
        "colour-matrix", retouched(read_as_bt709)
    )


def test_colour_matrix__is_estimated() -> None:
    [found] = named("colour-matrix", retouched(sepia))
    told = (0.393, 0.6, 0.189, 0.349, 0.5, 0.168, 0.272, 0.4, 0.131)
    assert told == pytest.approx(found["matrix"], abs=0.003)
    assert [] == silent([*FAULTS, *SPACES], retouched(sepia), but=("colour-matrix",))


def test_mixing__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_mixing__silent_on_exchanged_channels() -> None:
    assert [] == silent(FAULTS, retouched(lambda picture: picture[..., ::-1]))
