"""The ladder of the reference: all the way, one step, from any rung on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_ci.model.classifier import Classifier, Ladder
from tests.builders.model import (
    CLASS_NAMES,
    ladder,
    noisy,
    preprocess_settings,
    small_network,
)

STEPS = ["resized", "tensor", "logits", "probabilities", "label"]


def test_run__gives_every_rung_above_in_order() -> None:
    assert STEPS == list(ladder().run("image", noisy(9, 7)[None]))


@pytest.mark.parametrize("step", STEPS[:-1])
def test_run__from_a_rung_on_gives_the_same_as_from_the_image(step: str) -> None:
    rungs = ladder().run("image", noisy(9, 7)[None])
    expected = {name: rungs[name].tolist() for name in STEPS[STEPS.index(step) + 1 :]}
    actual = ladder().run(step, rungs[step])
    assert expected == {name: value.tolist() for name, value in actual.items()}


def test_step__applies_one_step_only() -> None:
    levels = np.full((1, 3, 16, 16), 255, np.float32)
    tensor = ladder(mean=[0.0] * 3, std=[0.5] * 3).step("tensor", levels)
    assert np.array_equal(np.full((1, 3, 16, 16), 2, np.float32), tensor)


def test_step__names_the_class_of_the_largest_probability() -> None:
    answers = ladder().step("label", np.array([[0.2, 0.8], [0.9, 0.1]], np.float32))
    assert [CLASS_NAMES[1], CLASS_NAMES[0]] == answers.tolist()


def test_run__ends_in_probabilities_that_sum_to_one() -> None:
    rungs = ladder().run("image", np.stack([noisy(9, 7, seed) for seed in range(3)]))
    np.testing.assert_allclose(rungs["probabilities"].sum(axis=1), np.ones(3), rtol=1e-6)


def test_run__takes_read_only_images_and_leaves_them_alone() -> None:
    image = noisy(9, 7)[None]
    image.setflags(write=False)
    before = image.copy()
    ladder().run("image", image)
    assert np.array_equal(before, image)


def test_run__gives_float32_or_the_truth_in_float64() -> None:
    exact = Ladder(preprocess_settings(), small_network(), CLASS_NAMES, dtype=torch.float64)
    kinds = [side.run("image", noisy(9, 7)[None])["logits"].dtype for side in (ladder(), exact)]
    assert [np.float32, np.float64] == kinds


def test_ladder__is_in_eval_mode_even_when_the_network_was_not() -> None:
    network = small_network().train()
    reference = Ladder(preprocess_settings(), network, CLASS_NAMES)
    first, second = (reference.run("image", noisy(9, 7)[None])["logits"] for _ in range(2))
    expected = ladder().run("image", noisy(9, 7)[None])["logits"]
    assert [expected.tolist()] * 2 == [first.tolist(), second.tolist()]


def test_ladder__is_not_changed_by_training_the_network_further() -> None:
    network = small_network()
    reference = Ladder(preprocess_settings(), network, CLASS_NAMES)
    before = reference.run("image", noisy(9, 7)[None])["logits"]
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
    after = reference.run("image", noisy(9, 7)[None])["logits"]
    assert before.tolist() == after.tolist()


def test_classifier__computes_what_the_ladder_computes() -> None:
    classifier = Classifier(preprocess_settings(), small_network())
    rungs = classifier(torch.from_numpy(noisy(9, 7)[None]))
    expected = list(ladder().run("image", noisy(9, 7)[None]).values())[:-1]
    assert [rung.tolist() for rung in expected] == [rung.tolist() for rung in rungs]
