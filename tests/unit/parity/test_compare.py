"""Comparing two traces by what counts as different."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_ci.parity.compare import Comparison
from ml_ci.parity.result import ParityResult
from ml_ci.parity.sides import Sides
from ml_ci.rung import record_array
from ml_ci.steps import LADDER
from tests.builders.traces import CLASS_NAMES, Rungs, ladder, noise_floor, pixels, write_trace

FAR: dict[str, Any] = {
    "received": b"other",
    "decoded": pixels() + 1,
    "image": pixels() + 1,
    "resized": np.full((3, 2, 2), 101, np.float32),
    "tensor": np.full((3, 2, 2), 0.6, np.float32),
    "logits": np.asarray([2.1, -1], np.float32),
    "probabilities": np.asarray([0.94, 0.06], np.float32),
    "label": "dog",
}


def compare(
    folder: Path,
    reference: Mapping[str, Rungs],
    target: Mapping[str, Rungs],
    *,
    failures: Mapping[str, str] | None = None,
) -> ParityResult:
    sides = Sides(
        reference=write_trace(folder / "reference", reference),
        target=write_trace(folder / "target", target, failures=failures),
        noise=noise_floor(),
        class_names=CLASS_NAMES,
    )
    return Comparison(sides=sides).run("target", reference)


def test_run__passes_on_equal_traces(tmp_path: Path) -> None:
    result = compare(tmp_path, {"a.png": ladder()}, {"a.png": ladder()})

    assert ("pass", None, 1) == (result.verdict, result.first_step, result.agreeing)


def test_run__names_the_rungs_a_pass_compared(tmp_path: Path) -> None:
    only_probabilities = {"a.png": {"probabilities": ladder()["probabilities"]}}

    result = compare(tmp_path, {"a.png": ladder()}, only_probabilities)

    expected = "training and serving agree on 1 of 1 images, compared at probabilities"
    assert expected == result.sentence


@pytest.mark.parametrize("step", [step.name for step in LADDER])
def test_run__blames_the_only_rung_that_differs(tmp_path: Path, step: str) -> None:
    # Bytes and pixels that `image` undoes are a note: change all exact rungs from there on
    exact = ("received", "decoded", "image")
    rest = exact[exact.index(step) :] if step in exact else (step,)
    changed = {"a.png": ladder(**{name: FAR[name] for name in rest})}

    result = compare(tmp_path, {"a.png": ladder()}, changed)

    assert ("differs", step) == (result.verdict, result.first_step)


def test_run__takes_the_lowest_of_several_rungs(tmp_path: Path) -> None:
    changed = {"a.png": ladder(tensor=FAR["tensor"], resized=FAR["resized"])}

    result = compare(tmp_path, {"a.png": ladder()}, changed)

    assert "they part at resized on 1 of 1 images" == result.sentence


def test_run__allows_the_noise_floor(tmp_path: Path) -> None:
    close = np.full((3, 2, 2), 100.009, np.float32)  # the floor of `resized` is 0.01 grey level

    result = compare(tmp_path, {"a.png": ladder()}, {"a.png": ladder(resized=close)})

    assert "pass" == result.verdict


def test_run__notes_a_decoder_difference_that_image_undoes(tmp_path: Path) -> None:
    result = compare(tmp_path, {"a.png": ladder()}, {"a.png": ladder(decoded=FAR["decoded"])})

    assert ("pass", "note") == (result.verdict, result.images[0].rungs[1].mark)


def test_run__does_not_mind_an_untold_mode(tmp_path: Path) -> None:
    untold = ladder() | {"decoded": record_array(pixels())}

    result = compare(tmp_path, {"a.png": ladder()}, {"a.png": untold})

    assert ("pass", "equal") == (result.verdict, result.images[0].rungs[1].mark)


def test_run__is_incomplete_when_an_image_is_missing(tmp_path: Path) -> None:
    both = {"a.png": ladder(), "b.png": ladder()}

    result = compare(tmp_path, both, {"a.png": ladder()})

    assert (
        result.verdict,
        result.failures[0].message,
    ) == ("incomplete", "the target has no trace of it")


def test_run__is_incomplete_when_the_target_failed(tmp_path: Path) -> None:
    result = compare(
        tmp_path, {"a.png": ladder()}, {"a.png": ladder()}, failures={"a.png": "status 500"}
    )

    assert (
        result.verdict,
        result.failures[0].message,
    ) == ("incomplete", "the target failed: status 500")


def test_run__is_incomplete_when_no_rung_is_shared(tmp_path: Path) -> None:
    result = compare(tmp_path, {"a.png": ladder()}, {"a.png": {}})

    assert "incomplete" == result.verdict


def test_run__is_incomplete_without_golden_images(tmp_path: Path) -> None:
    assert "incomplete" == compare(tmp_path, {}, {}).verdict


def test_run__differs_even_when_other_images_failed(tmp_path: Path) -> None:
    both = {"a.png": ladder(), "b.png": ladder()}
    target = {"a.png": ladder(logits=FAR["logits"])}

    result = compare(tmp_path, both, target)

    expected = "they part at logits on 1 of 2 images; 1 more could not be compared"
    assert ("differs", expected) == (result.verdict, result.sentence)


def test_label__flip_between_equally_probable_classes_is_a_note(tmp_path: Path) -> None:
    tie = np.asarray([0.5001, 0.4999], np.float32)

    result = compare(
        tmp_path,
        {"a.png": ladder(probabilities=tie)},
        {"a.png": ladder(probabilities=tie[::-1].copy(), label="dog")},
    )

    assert ("pass", "note") == (result.verdict, result.images[0].rungs[-1].mark)


def test_label__unknown_class_differs_even_at_a_tie(tmp_path: Path) -> None:
    tie = np.asarray([0.5001, 0.4999], np.float32)

    result = compare(
        tmp_path,
        {"a.png": ladder(probabilities=tie)},
        {"a.png": ladder(probabilities=tie, label="tiger")},
    )

    assert "label" == result.first_step


def test_run__does_not_count_an_image_with_fewer_rungs_as_agreeing(tmp_path: Path) -> None:
    both = {"a.png": ladder(), "b.png": ladder()}

    result = compare(tmp_path, both, {"a.png": ladder(), "b.png": ladder(resized=None)})

    assert ("incomplete", 1, "resized was not recorded") == (
        result.verdict,
        result.agreeing,
        result.failures[0].message,
    )


def hashes_only(rungs: Rungs) -> Rungs:
    return {step: replace(recorded, array=None) for step, recorded in rungs.items()}


def test_run__hash_alone_shows_equal_floats(tmp_path: Path) -> None:
    result = compare(tmp_path, {"a.png": ladder()}, {"a.png": hashes_only(ladder())})

    assert ("pass", "equal") == (result.verdict, result.images[0].rungs[3].mark)


def test_run__other_hashes_alone_are_no_agreement(tmp_path: Path) -> None:
    both = {"a.png": ladder(), "b.png": ladder()}
    close = np.full((3, 2, 2), 100.009, np.float32)
    target = {"a.png": ladder(), "b.png": hashes_only(ladder(resized=close))}

    result = compare(tmp_path, both, target)

    assert ("incomplete", True) == (
        result.verdict,
        result.failures[0].message.startswith("resized was recorded by a hash alone"),
    )
