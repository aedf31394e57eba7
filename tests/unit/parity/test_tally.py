"""From images to a verdict: counts of all of them, rows of the furthest."""

from __future__ import annotations

from ml_ci.parity.result import ImageResult, Mark, ParityResult, RungResult
from ml_ci.parity.tally import Tally
from ml_ci.steps import LADDER


def image(name: str, step: str | None = None, *, own: float = 1.0) -> ImageResult:
    def rung(one: str) -> RungResult:
        mark: Mark = "differs" if one == step else "equal"
        return RungResult(step=one, mark=mark, own=own if one == step else 0.0, allowed=0.1)

    return ImageResult(image=name, first_step=step, rungs=tuple(rung(one.name) for one in LADDER))


def tallied(*images: ImageResult, kept: int = 1000) -> ParityResult:
    tally = Tally(target="server", golden=len(images), kept=kept)
    for one in images:
        tally.add(one, {})
    return tally.result()


def test_result__counts_all_and_keeps_some() -> None:
    result = tallied(*(image(f"{number}.png") for number in range(50)), kept=10)

    assert (50, 10) == (result.agreeing, len(result.images))


def test_result__keeps_the_furthest_of_those_that_part_in_their_order() -> None:
    errors = [1.0, 9.0, 2.0, 8.0, 3.0, 7.0]
    images = [image(f"{number}.png", "tensor", own=own) for number, own in enumerate(errors)]

    result = tallied(*images, kept=2)

    assert (6, ["1.png", "3.png"]) == (result.steps[4].images, [i.image for i in result.images])


def test_step__worst_is_the_furthest_beyond_what_is_allowed() -> None:
    result = tallied(image("a", "tensor", own=1.0), image("b", "tensor", own=3.0))

    assert (3.0, 0.1) == (result.steps[4].own, result.steps[4].allowed)


def test_sentence__names_each_faulty_step_with_its_images() -> None:
    result = tallied(image("a", "image"), image("b", "image"), image("c", "tensor"), image("d"))

    expected = "they part at image on 2 of 4 images; on their own also at tensor on 1"
    assert (expected, ("image", "tensor")) == (result.sentence, result.faulty)
