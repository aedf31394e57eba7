"""The network keeps the contract its file states."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ml_ci.model.network import build_network


@pytest.mark.parametrize("side", [8, 32, 45, 224])
@pytest.mark.parametrize("channels", [1, 3])
def test_logits__one_per_class_for_any_side(side: int, channels: int) -> None:
    network = build_network(channels, 7).eval()
    assert (2, 7) == tuple(network(torch.zeros(2, channels, side, side)).shape)


def test_answer__in_eval_depends_on_that_image_alone() -> None:
    network = build_network(3, 5).double().eval()
    images = torch.rand(4, 3, 32, 32, dtype=torch.float64)
    torch.testing.assert_close(network(images[2:3]), network(images)[2:3], rtol=0, atol=1e-12)


def test_weights__are_drawn_from_the_global_generator() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(5)
        first = build_network(3, 5).state_dict()
        torch.manual_seed(5)
        second = build_network(3, 5).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_weights__stay_small_enough_to_be_pulled_on_every_pull_request() -> None:
    numbers = sum(tensor.numel() for tensor in build_network(3, 10).state_dict().values())
    assert 300_000 > 4 * numbers


def test_answer__is_the_same_for_inverted_colours_away_from_the_border() -> None:
    # Dark ink on light paper or the other way round: only zero padding can tell, so none is met
    layers = list(build_network(3, 10).eval().children())
    stem = nn.Sequential(*layers[:3])
    image = torch.rand(1, 3, 32, 32)
    torch.testing.assert_close(stem(image), stem(-image))
