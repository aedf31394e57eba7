"""What a name in a dump stands for."""

from __future__ import annotations

import unicodedata

import pytest

from ml_ci.steps import LADDER
from ml_ci.targets.dump_names import STEPS, Names, Part
from ml_ci.targets.dump_problems import DumpError

NAMES = Names(["cmyk.jpg", "grey.png", "grey.webp", "shop/cat.png", "a.b.png", "straße.png"])
SHAPE = "call it `<image>.<step>.npy`"
LIST = "the steps are received, decoded, image, resized, tensor, logits, probabilities, label"


@pytest.mark.parametrize(
    ("written", "image"),
    [
        ("cmyk.jpg.tensor", "cmyk.jpg"),
        ("cmyk.jpg/tensor", "cmyk.jpg"),
        ("cmyk.tensor", "cmyk.jpg"),
        ("cmyk/tensor", "cmyk.jpg"),
        ("grey.png.tensor", "grey.png"),
        ("shop/cat.png.tensor", "shop/cat.png"),
        ("shop/cat/tensor", "shop/cat.png"),
        ("a.b.tensor", "a.b.png"),
        (unicodedata.normalize("NFD", "straße.png") + ".tensor", "straße.png"),
    ],
)
def test_part__is_an_image_and_a_step(written: str, image: str) -> None:
    assert Part(image=image, name="tensor") == NAMES.part(written)


@pytest.mark.parametrize("step", [*(step.name for step in LADDER), "mode", "failure"])
def test_part__in_the_archive_of_an_image_is_a_step_alone(step: str) -> None:
    assert Part(image="cmyk.jpg", name=step) == NAMES.part(step, image="cmyk.jpg")


def test_part__in_the_archive_of_an_image_may_name_another() -> None:
    assert Part(image="a.b.png", name="label") == NAMES.part("a.b.png/label", image="cmyk.jpg")


@pytest.mark.parametrize(
    ("written", "what", "fix"),
    [
        ("cmyk.jpg", "its name has an image, but no step", SHAPE),
        ("cmyk", "its name has an image, but no step", SHAPE),
        ("tensor", "its name has a step, but no image", SHAPE),
        ("cmyk.jpg.tensr", "'tensr' is no step", f"did you mean `tensor`? {LIST}"),
        ("cmyk.jpg.logit", "'logit' is no step", f"did you mean `logits`? {LIST}"),
        ("cmyk.jpg.prob", "'prob' is no step", f"did you mean `probabilities`? {LIST}"),
        ("cmyk.jpg.Tensor", "'Tensor' is no step", f"did you mean `tensor`? {LIST}"),
        ("arr_0", "'arr_0' is no step", LIST),
        ("cmyk.jpg." + "x" * 99, f"{'x' * 40!r} is no step", LIST),
        (
            "grey.tensor",
            "it may be of grey.png or grey.webp",
            "write the image's whole name",
        ),
        (
            "dog.png.tensor",
            "the golden set has no such image",
            "name it after a `file` of data/golden/golden.csv, or remove it",
        ),
    ],
)
def test_part__that_cannot_be_understood(written: str, what: str, fix: str) -> None:
    with pytest.raises(DumpError) as caught:
        NAMES.part(written)
    assert (what, fix) == (caught.value.what, caught.value.fix)


def test_image__with_the_name_of_another_s_stem_is_itself() -> None:
    names = Names(["a", "a.png"])
    assert (names.image("a"), names.image("a.png")) == ("a", "a.png")


def test_steps__are_the_ladder() -> None:
    assert STEPS == tuple(step.name for step in LADDER)
