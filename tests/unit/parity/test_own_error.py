"""Each step judged by what it did itself: one fault is blamed once, several are each found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_ci.parity.changes import CHANGES
from ml_ci.rung import record_array, record_text
from tests.builders.parity import (
    TinySteps,
    array_of,
    brighter,
    climbed,
    compare,
    marks,
    only,
    reference,
)
from tests.builders.traces import Rungs, noise_floor, pixels


def lower(upto: str) -> Rungs:
    """The reference's rungs below ``upto``."""
    rungs = reference()
    return {step: rungs[step] for step in list(rungs)[: list(rungs).index(upto)]}


def off(step: str) -> Rungs:
    """A target whose only fault is to add 0.5 at ``step``, and that goes on with it."""
    return lower(step) | climbed(step, array_of(reference(), step) + np.float32(0.5))


@pytest.mark.parametrize("step", ["resized", "tensor", "logits", "probabilities"])
def test_own_error__blames_the_faulty_step_alone(tmp_path: Path, step: str) -> None:
    result = compare(tmp_path, off(step))

    assert ("differs", step, (step,)) == (result.verdict, result.first_step, result.faulty)


def test_own_error__marks_what_follows_as_inherited(tmp_path: Path) -> None:
    expected = {
        "received": "equal",
        "decoded": "equal",
        "image": "equal",
        "resized": "differs",
        "tensor": "inherited",
        "logits": "inherited",
        "probabilities": "inherited",
        "label": "equal",
    }
    assert expected == marks(compare(tmp_path, off("resized")))


def test_own_error__finds_two_faults(tmp_path: Path) -> None:
    first = off("resized")
    tensor = array_of(first, "tensor") * np.float32(1.5)
    target = {step: first[step] for step in ("received", "decoded", "image", "resized")}

    result = compare(tmp_path, target | climbed("tensor", tensor))

    expected = "they part at resized on 1 of 1 images; on their own also at tensor on 1"
    assert (("resized", "tensor"), expected) == (result.faulty, result.sentence)


def test_own_error__finds_a_fault_below_the_noise_that_reaches_the_end(tmp_path: Path) -> None:
    """What is allowed at `logits` over the whole chain is more than what the step may add."""
    noise = noise_floor(1e-4)
    wide = noise.rungs["logits"].since | {"image": 10.0}
    noise.rungs["logits"] = type(noise.rungs["logits"])(own_error=1e-5, since=wide)

    result = compare(tmp_path, off("logits"), noise=noise)

    assert "logits" == result.first_step


def test_own_error__gives_measured_and_allowed(tmp_path: Path) -> None:
    rung = compare(tmp_path, off("tensor")).images[0].rungs[4]

    assert (0.5, 1e-4, "resized") == (round(rung.own or 0, 6), rung.allowed, rung.since)


def test_segment__without_rungs_in_between_is_judged_as_one(tmp_path: Path) -> None:
    target = only(off("tensor"), "received", "logits", "probabilities", "label")

    result = compare(tmp_path, target)

    expected = "they part between received and logits on 1 of 1 images"
    assert ("logits", expected) == (result.first_step, result.sentence)


def test_segment__from_a_faulty_rung_on_is_not_blamed_again(tmp_path: Path) -> None:
    target = only(off("resized"), "received", "resized", "probabilities", "label")

    result = compare(tmp_path, target)

    assert ("resized",) == result.faulty


def test_segment__of_a_black_box_ends_where_it_is_known(tmp_path: Path) -> None:
    result = compare(tmp_path, only(off("probabilities"), "probabilities", "label"))

    expected = "they part between received and probabilities on 1 of 1 images"
    assert expected == result.sentence


def test_entry__of_a_side_that_was_given_tensors(tmp_path: Path) -> None:
    target = only(off("logits"), "logits", "probabilities", "label")

    result = compare(tmp_path, target, entry="tensor")

    expected = "they part at logits on 1 of 1 images"
    assert (expected, "tensor") == (result.sentence, result.steps[5].since)


def test_received__other_bytes_are_to_blame_and_not_the_decoder(tmp_path: Path) -> None:
    result = compare(tmp_path, climbed("received", b"other file"))

    assert ("received",) == result.faulty


def test_received__that_is_not_kept_leaves_the_decoder_unmeasurable(tmp_path: Path) -> None:
    target = climbed("received", b"other file")
    target["received"] = type(target["received"])(rung=target["received"].rung)

    result = compare(tmp_path, target)

    assert (("received",), "unmeasurable") == (result.faulty, marks(result)["decoded"])


def test_received__other_bytes_of_the_same_picture_are_a_note(tmp_path: Path) -> None:
    target = reference() | {"received": climbed("received", b"other file")["received"]}

    result = compare(tmp_path, target)

    assert ("pass", "note") == (result.verdict, marks(result)["received"])


def test_decoded__another_decoder_is_to_blame_and_not_what_flattens(tmp_path: Path) -> None:
    received = {"received": reference()["received"]}

    result = compare(tmp_path, received | climbed("decoded", brighter(1)))

    assert ("decoded",) == result.faulty


def test_decoded__another_mode_differs(tmp_path: Path) -> None:
    received = {"received": reference()["received"]}
    target = received | climbed("decoded", pixels(), mode="BGR")
    target["image"] = record_array(pixels()[..., ::-1])

    assert "decoded" == compare(tmp_path, target).first_step


def test_image__says_which_pixels_differ(tmp_path: Path) -> None:
    other = pixels()
    other[1, 2, 0] = 200

    result = compare(tmp_path, lower("image") | climbed("image", other))

    expected = (
        "image of a.png: 1 of 72 elements (1.4%) differ by more than 0; worst difference 176 "
        "at [1, 2, 0] (target 200, reference 24, relative 7.33)"
    )
    assert expected == result.images[0].rungs[2].message


def test_undone__a_float_rung_that_the_target_did_not_go_on_with_is_a_note(tmp_path: Path) -> None:
    target = reference() | {"resized": record_array(array_of(reference(), "resized") + 9)}

    result = compare(tmp_path, target)

    assert ("pass", "note") == (result.verdict, marks(result)["resized"])


def test_undone__is_not_believed_of_two_small_faults(tmp_path: Path) -> None:
    """Half precision throughout, say: each step is off, the end within what the chain may carry."""
    noise = noise_floor(1e-4)
    for step in ("logits", "probabilities"):
        wide = dict.fromkeys(noise.rungs[step].since, 0.5)
        wide[list(wide)[-1]] = 1e-4
        noise.rungs[step] = type(noise.rungs[step])(own_error=1e-5, since=wide)
    tensor = array_of(reference(), "tensor") + np.float32(0.01)
    fed = climbed("tensor", tensor)
    logits = array_of(fed, "logits") + np.float32(0.01)

    result = compare(tmp_path, lower("tensor") | fed | climbed("logits", logits), noise=noise)

    assert ("tensor", "logits") == result.faulty


def test_overflow__of_the_reference_s_own_float32_allows_nothing(tmp_path: Path) -> None:
    class Overflowing(TinySteps):
        def step(self, name: str, previous: np.ndarray, *, exact: bool) -> np.ndarray:
            values = super().step(name, previous, exact=exact)
            return values if exact or name != "logits" else np.full_like(values, np.inf)

    fed = climbed("tensor", array_of(reference(), "tensor") + np.float32(0.5))
    wrong = climbed("logits", array_of(fed, "logits") + np.float32(9))

    result = compare(tmp_path, lower("tensor") | fed | wrong, executor=Overflowing())

    assert ("tensor", "logits") == result.faulty


@pytest.mark.parametrize(
    ("step", "written"),
    [
        pytest.param("image", pixels().transpose(2, 0, 1), id="image as C×H×W"),
        pytest.param("image", pixels().astype(np.float32), id="image in floats"),
        pytest.param("image", pixels()[None], id="image in a batch of one"),
        pytest.param("image", array_of(reference(), "image") / np.float32(255), id="image on 0–1"),
        pytest.param(
            "resized", array_of(reference(), "resized") / np.float32(255), id="resized on 0–1"
        ),
        pytest.param(
            "tensor", array_of(reference(), "tensor").transpose(1, 2, 0), id="tensor as H×W×C"
        ),
        pytest.param("tensor", array_of(reference(), "tensor")[None], id="tensor in a batch"),
        pytest.param("logits", array_of(reference(), "logits").astype(np.float64), id="float64"),
    ],
)
def test_recording__another_way_is_no_difference(
    tmp_path: Path, step: str, written: np.ndarray
) -> None:
    result = compare(tmp_path, reference() | {step: record_array(np.ascontiguousarray(written))})

    assert "pass" == result.verdict


def test_recording__the_next_rung_shows_a_network_that_was_fed_wrongly(tmp_path: Path) -> None:
    tensor = np.ascontiguousarray(array_of(reference(), "tensor").transpose(1, 2, 0))
    fed = climbed("tensor", tensor.reshape(3, 2, 2))  # the same numbers, taken as C×H×W
    target = reference() | fed | {"tensor": record_array(tensor)}

    result = compare(tmp_path, target)

    assert (("tensor",), "unmeasurable") == (result.faulty, marks(result)["logits"])


def test_recording__that_no_rung_settles_is_not_compared(tmp_path: Path) -> None:
    tensor = np.ascontiguousarray(array_of(reference(), "tensor").transpose(1, 2, 0))
    target = only(reference(), "received", "image", "resized") | {"tensor": record_array(tensor)}

    result = compare(tmp_path, target)

    expected = (
        "tensor of a.png is right when it is taken as H×W×C, and no rung above it shows whether "
        "the target went on with that"
    )
    assert ("incomplete", expected) == (result.verdict, result.failures[0].message)


def test_label__that_the_target_s_own_probabilities_deny_differs(tmp_path: Path) -> None:
    wrong = {"cat": "dog", "dog": "cat"}[reference()["label"].rung.text or ""]

    result = compare(tmp_path, reference() | {"label": record_text(wrong)})

    assert (("label",), True) == (
        result.faulty,
        result.images[0]
        .rungs[-1]
        .message.endswith(
            f"; its own probabilities are largest for {reference()['label'].rung.text}"
        ),
    )


def test_label__that_follows_from_other_probabilities_is_inherited(tmp_path: Path) -> None:
    swapped = np.ascontiguousarray(array_of(reference(), "logits")[::-1])

    result = compare(tmp_path, lower("logits") | climbed("logits", swapped))

    assert (("logits",), "inherited") == (result.faulty, marks(result)["label"])


def test_label__alone_is_held_against_the_reference_s_probabilities(tmp_path: Path) -> None:
    wrong = {"cat": "dog", "dog": "cat"}[reference()["label"].rung.text or ""]

    result = compare(tmp_path, {"label": record_text(wrong)})

    assert "they part between received and label on 1 of 1 images" == result.sentence


def test_unexplained__is_the_end_without_a_step_to_blame(tmp_path: Path) -> None:
    """Each step within its noise, and yet too far off over the whole chain."""
    noise = noise_floor(0.6)
    for step in ("tensor", "logits", "probabilities"):
        since = dict.fromkeys(noise.rungs[step].since, 0.6) | {"image": 1e-4}
        noise.rungs[step] = type(noise.rungs[step])(own_error=1e-5, since=since)

    result = compare(tmp_path, off("tensor"), noise=noise)

    expected = (
        "they end up apart from tensor on, on 1 of 1 images, although no step that could be "
        "measured is to blame"
    )
    assert ("unexplained", "tensor", expected) == (
        result.verdict,
        result.first_step,
        result.sentence,
    )


def test_nan__is_never_right(tmp_path: Path) -> None:
    tensor = array_of(reference(), "tensor").copy()
    tensor[0, 0, 0] = np.nan

    result = compare(tmp_path, lower("tensor") | climbed("tensor", tensor))

    assert ("tensor", None) == (result.first_step, result.images[0].rungs[4].own)


def test_tolerance__replaces_the_noise_floor(tmp_path: Path) -> None:
    verdicts = [
        compare(tmp_path / str(allowed), off("tensor"), tolerances={"tensor": allowed}).faulty
        for allowed in (0.4, 0.6)
    ]
    assert [("tensor",), ()] == verdicts


def test_tolerance__that_is_used_accounts_for_what_follows(tmp_path: Path) -> None:
    result = compare(tmp_path, off("tensor"), tolerances={"tensor": 0.6})

    assert ("pass", "expected", "inherited") == (
        result.verdict,
        marks(result)["tensor"],
        marks(result)["logits"],
    )


def test_tolerance__accounts_for_nothing_that_comes_from_below(tmp_path: Path) -> None:
    """`resized` is off and within what nobody can tell: a tolerance further up excuses nothing."""
    result = compare(tmp_path, off("resized"), tolerances={"tensor": 0.6})

    assert ("differs", ("resized",), "inherited") == (
        result.verdict,
        result.faulty,
        marks(result)["tensor"],
    )


def test_expected__passes_what_is_within_and_nothing_beyond(tmp_path: Path) -> None:
    found = [
        compare(tmp_path / str(largest), off("resized"), largest={"resized": largest})
        for largest in (0.6, 0.4)
    ]
    assert [("pass", "expected"), ("differs", "differs")] == [
        (result.verdict, marks(result)["resized"]) for result in found
    ]


def test_expected__pixels_within(tmp_path: Path) -> None:
    received = {"received": reference()["received"]}
    target = received | climbed("decoded", brighter(1))

    result = compare(tmp_path, target, largest={"decoded": 1.0})

    assert ("pass", "expected") == (result.verdict, marks(result)["decoded"])


def halved(step: str) -> Rungs:
    array = array_of(reference(), step).astype(np.float16).astype(np.float32)
    return lower(step) | climbed(step, array)


def test_change__is_made_by_the_reference_too(tmp_path: Path) -> None:
    changes = {"tensor": CHANGES["float16"]}
    found = [
        compare(tmp_path / name, target, changes=changes, noise=noise_floor(1e-6))
        for name, target in (("half", halved("tensor")), ("more", off("tensor")))
    ]
    assert ["pass", "differs"] == [result.verdict for result in found]


def test_change__reaches_a_black_box(tmp_path: Path) -> None:
    black_box = only(halved("tensor"), "logits", "label")
    noise = noise_floor(1e-6)

    found = [
        compare(tmp_path / "without", black_box, noise=noise).verdict,
        compare(
            tmp_path / "with", black_box, noise=noise, changes={"tensor": CHANGES["float16"]}
        ).verdict,
    ]

    assert ["differs", "pass"] == found


def test_executor__none_judges_what_stood_on_the_same(tmp_path: Path) -> None:
    result = compare(tmp_path, off("resized"), without_executor=True)

    assert (("resized",), "unmeasurable") == (result.faulty, marks(result)["tensor"])


def test_executor__is_asked_with_batches(tmp_path: Path) -> None:
    sizes = []

    class Counting(TinySteps):
        def step(self, name: str, previous: np.ndarray, *, exact: bool) -> np.ndarray:
            sizes.append(len(previous))
            return super().step(name, previous, exact=exact)

    compare(tmp_path, {f"{n}.png": off("resized") for n in range(5)}, executor=Counting())

    assert {5} == set(sizes)


def test_apart__counts_images_that_end_up_elsewhere_whoever_is_to_blame(tmp_path: Path) -> None:
    swapped = np.ascontiguousarray(array_of(reference(), "logits")[::-1])

    result = compare(tmp_path, lower("logits") | climbed("logits", swapped))

    assert [0, 0, 0, 0, 0, 1, 1, 1] == [step.apart for step in result.steps]


def test_image__tells_how_far_its_pixels_are_off(tmp_path: Path) -> None:
    rung = compare(tmp_path, lower("image") | climbed("image", brighter(1))).images[0].rungs[2]

    assert (1.0, 0.0) == (rung.own, rung.allowed)
