from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ml_ci.model.wrong_networks import WrongNetworks
from tests.builders.fault_networks import trained
from tests.builders.model import small_network

TENSOR = np.random.default_rng(3).normal(0, 1, (2, 3, 16, 16))


class RefusedError(Exception):
    """What the networks are told to raise."""


def networks(network: nn.Module | None = None) -> WrongNetworks:
    return WrongNetworks(small_network() if network is None else network, RefusedError)


def test_names__only_of_layers_that_are_there() -> None:
    names = networks(nn.Sequential(nn.Flatten(), nn.Linear(3, 2))).names
    kinds = {name.partition(":")[0] for name in names}
    assert {"bias", "last layer", "first layer", "weights", "flatten", "computed"} == kinds


def test_names__a_network_that_is_one_layer() -> None:
    made = networks(nn.Linear(16, 2)).logits("bias: last left out", TENSOR[:, 0, 0], exact=True)
    assert (2, 2) == made.shape


def test_logits__the_network_itself_stays_as_it_is() -> None:
    network = trained()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    wrong = networks(network)
    for name in wrong.names:
        try:
            wrong.logits(name, TENSOR, exact=True)
        except RefusedError:
            assert name in ("padding: left out", "pooling: sides rounded the other way")
    after = network.state_dict()
    assert [name for name in before if not torch.equal(before[name], after[name])] == []
    assert torch.float32 == network.head.weight.dtype


@pytest.mark.parametrize("exact", [True, False])
def test_logits__in_the_type_asked_for(exact: bool) -> None:
    made = networks().logits("batch norm: left out", TENSOR, exact=exact)
    assert (np.float64 if exact else np.float32) == made.dtype


def test_logits__each_image_as_if_it_were_alone() -> None:
    wrong = networks(trained())
    for name in ("batch norm: statistics of the image", "computed: int8 per tensor"):
        together = wrong.logits(name, TENSOR, exact=True)
        alone = [wrong.logits(name, one[None], exact=True)[0] for one in TENSOR]
        np.testing.assert_allclose(together, np.stack(alone), rtol=1e-9)


def test_logits__an_unknown_name_is_refused() -> None:
    with pytest.raises(RefusedError, match="there is no network 'group norm: left out'"):
        networks().logits("group norm: left out", TENSOR, exact=True)


def test_logits__what_cannot_be_computed_is_refused() -> None:
    with pytest.raises(RefusedError, match="with `batch norm: left out` cannot be computed"):
        networks().logits("batch norm: left out", TENSOR[:, :2], exact=True)


def test_logits__any_number_where_a_number_is_asked_for() -> None:
    wrong = networks()
    usual = wrong.logits("batch norm: epsilon 0.001", TENSOR, exact=True)
    other = wrong.logits("batch norm: epsilon 0.0010001", TENSOR, exact=True)
    assert 0 < np.abs(usual - other).max() < 1e-3


def test_other_weights__of_another_network_are_none() -> None:
    other = {"2.weight": torch.zeros(3)}
    wrong = WrongNetworks(small_network(), RefusedError, {"the base": other})
    assert [] == [name for name in wrong.names if "base" in name]


def test_other_weights__the_same_weights_are_none() -> None:
    network = small_network()
    wrong = WrongNetworks(network, RefusedError, {"the base": network.state_dict()})
    assert [] == [name for name in wrong.names if "base" in name]
