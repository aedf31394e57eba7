"""Weights on disk: what is written, and what is refused."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from ml_ci.errors import UserError
from ml_ci.model.weights import (
    check_preprocessing,
    load_weights,
    preprocess_sha256,
    read_card,
    save_weights,
)
from tests.builders.model import CLASS_NAMES, preprocess_settings, small_network, weights_card


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "weights.safetensors"


def saved(path: Path, network: nn.Module | None = None, **card: Any) -> Path:
    save_weights(path, network or small_network(), weights_card(**card))
    return path


def refusal(path: Path, network: nn.Module | None = None) -> str:
    with pytest.raises(UserError) as raised:
        load_weights(path, network or small_network(), CLASS_NAMES)
    return raised.value.what


def test_load__gives_back_every_number_that_was_saved(path: Path) -> None:
    other = small_network(seed=1)
    load_weights(saved(path), other, CLASS_NAMES)
    wanted, found = small_network().state_dict(), other.state_dict()
    assert all(torch.equal(wanted[name], found[name]) for name in wanted)


def test_load__returns_the_card(path: Path) -> None:
    card = load_weights(
        saved(path, class_names=("ja", "nein ▲")), small_network(), ("ja", "nein ▲")
    )
    assert weights_card(class_names=("ja", "nein ▲")) == card


def test_read_card__needs_no_network(path: Path) -> None:
    assert weights_card() == read_card(saved(path))


def test_save__writes_the_same_bytes_for_the_same_weights(path: Path) -> None:
    contents = {saved(path).read_bytes() for _ in range(10)}
    assert 1 == len(contents)


def test_load__refuses_other_classes(path: Path) -> None:
    expected = "the weights know the classes across, down, the data has down, across"
    assert expected == refusal(saved(path, class_names=("across", "down")))


def test_load__refuses_another_shape(path: Path) -> None:
    expected = "5.weight is float32 3×4, the network wants float32 2×4"
    assert expected in refusal(saved(path, small_network(classes=3)))


def test_load__refuses_another_kind_of_number(path: Path) -> None:
    expected = "0.bias is float64 4, the network wants float32 4"
    assert expected in refusal(saved(path, small_network().double()))


def test_load__refuses_missing_and_unknown_names(path: Path) -> None:
    network = nn.Sequential(*list(small_network())[:-1])  # type: ignore[call-overload]
    assert "5.bias is missing; 5.weight is missing" in refusal(saved(path, network))
    with pytest.raises(UserError, match=r"5\.bias is unknown to the network"):
        load_weights(saved(path), network, CLASS_NAMES)


def test_load__refuses_numbers_that_are_not_finite(path: Path) -> None:
    network = small_network()
    with torch.no_grad():
        network.get_parameter("5.bias")[1] = float("nan")
    assert "5.bias holds numbers that are not finite" in refusal(saved(path, network))


def test_load__leaves_the_network_alone_when_it_refuses(path: Path) -> None:
    broken = small_network(seed=1)
    with torch.no_grad():
        broken.get_parameter("5.bias")[1] = float("inf")
    network = small_network()
    refusal(saved(path, broken), network)
    assert torch.equal(small_network().get_parameter("0.weight"), network.get_parameter("0.weight"))


@pytest.mark.parametrize(
    "content",
    [b"", b"rubbish", pickle.dumps({"weights": [1.0]})],
    ids=["empty", "rubbish", "pickle"],
)
def test_load__refuses_what_is_no_safetensors_file(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert refusal(path).startswith("the weights cannot be read")


def test_load__refuses_half_a_file(path: Path) -> None:
    path.write_bytes(saved(path).read_bytes()[:-8])
    assert refusal(path).startswith("the weights cannot be read")


def test_load__says_how_to_get_a_file_that_is_not_there(path: Path) -> None:
    with pytest.raises(UserError, match="dvc pull"):
        load_weights(path, small_network(), CLASS_NAMES)


def test_load__refuses_weights_without_a_card(path: Path) -> None:
    save_file(small_network().state_dict(), path)
    assert "the weights do not say what they were trained for" == refusal(path)


def test_check_preprocessing__accepts_the_one_it_was_trained_behind(path: Path) -> None:
    card = weights_card(preprocess_sha256=preprocess_sha256(preprocess_settings()))
    check_preprocessing(path, card, preprocess_settings())


def test_check_preprocessing__refuses_another(path: Path) -> None:
    card = weights_card(preprocess_sha256=preprocess_sha256(preprocess_settings()))
    with pytest.raises(UserError, match="trained behind another preprocessing"):
        check_preprocessing(path, card, preprocess_settings(filter="bicubic"))
