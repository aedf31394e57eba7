from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.image.levels import FAULTS as WITH_A_NAME
from ml_ci.parity.faults.image.tone import FAULTS
from tests.builders.fault_targets import named, retouched, said, silent
from tests.builders.faults import reference


def truncated(levels: Any) -> Any:
    return np.clip(levels, 0, 255).astype(np.uint8)


def power(gamma: float) -> Any:
    return retouched(lambda picture: truncated(255 * (picture / 255) ** gamma + 0.5))


def brighter(picture: Any) -> Any:
    return np.asarray(ImageEnhance.Brightness(Image.fromarray(picture)).enhance(1.37))


def tinted(picture: Any) -> Any:
    return truncated(picture * np.array([1.1, 1.0, 0.85]) + np.array([0, 4, 0]) + 0.5)


def s_shaped(picture: Any) -> Any:
    share = picture / 255
    return np.rint(255 * (3 * share**2 - 2 * share**3)).astype(np.uint8)


@pytest.mark.parametrize("gamma", [2.2, 1 / 2.2, 1.37, 0.8])
def test_gamma__is_estimated_and_nothing_else(gamma: float) -> None:
    assert [{"gamma": pytest.approx(gamma)}] == named("gamma", power(gamma))
    assert [] == silent([*FAULTS, *WITH_A_NAME], power(gamma), but=("gamma",))


def test_gamma__says_which() -> None:
    assert ["levels raised to the power 1.37: a gamma"] == said("gamma", power(1.37))


def test_contrast__is_estimated_and_nothing_else() -> None:
    target = retouched(brighter)
    [found] = named("contrast", target)
    assert [1.37] * 3 == pytest.approx(found["scale"], abs=0.005)
    assert [] == silent([*FAULTS, *WITH_A_NAME], target, but=("contrast",))


def test_contrast__of_each_channel() -> None:
    [found] = named("contrast", retouched(tinted))
    assert (1.1, 1.0, 0.85) == pytest.approx(found["scale"], abs=0.003)
    assert (0.0, 4.0, 0.0) == pytest.approx(found["offset"], abs=0.3)
    assert ["levels scaled by 1.1, 1, 0.85 (R, G, B) and moved by 0, 4, 0 (R, G, B)"] == said(
        "contrast", retouched(tinted)
    )


def test_tone_curve__is_read_off_the_target() -> None:
    assert [{"levels": (0, 40, 128, 216, 255)}] == named("tone-curve", retouched(s_shaped))
    assert [] == silent(FAULTS, retouched(s_shaped), but=("tone-curve",))


def test_tone_curve__of_few_pixels_says_nothing() -> None:
    assert [] == named("tone-curve", retouched(s_shaped), ["16 bits, 3 channels"])


def test_tone__silent_on_the_clean_side() -> None:
    assert [] == silent(FAULTS, None)


def test_tone__silent_where_levels_depend_on_the_place() -> None:
    shaded = retouched(
        lambda picture: truncated(picture * np.linspace(0.8, 1, len(picture))[:, None, None])
    )
    assert [] == silent(FAULTS, shaded)


def test_tone__nothing_is_the_reference() -> None:
    ours = reference()
    assert fault_of("gamma").at([1.0], ours) is None
    assert fault_of("contrast").at([1.0, 0.0], ours) is None
