"""The network keeps the contract its file states, for this repository's size and classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ml_ci.artifacts import paths
from ml_ci.data.samples import class_names
from ml_ci.model.classifier import Ladder
from ml_ci.model.export import Provenance, export_model
from ml_ci.model.export_check import climbed, opened
from ml_ci.model.network import build_network
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section

PROVENANCE = Provenance(weights_sha256="", data_sha256="", params_sha256="", versions={})


@dataclass(frozen=True, kw_only=True)
class Yours:
    """What the network is built for."""

    preprocess: PreprocessSettings
    names: tuple[str, ...]

    def network(self) -> nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(5)
            return build_network(self.preprocess.channels, len(self.names))

    def tensor(self, images: int, dtype: torch.dtype = torch.float32) -> Tensor:
        random = torch.Generator().manual_seed(images)
        shape = (images, self.preprocess.channels, *self.preprocess.size)  # (N, C, H, W)
        return torch.randn(shape, generator=random, dtype=dtype)


@pytest.fixture(scope="module")
def yours() -> Yours:
    return Yours(preprocess=read_section(PreprocessSettings), names=class_names(paths.TRAIN))


@pytest.mark.parametrize("images", [1, 2, 5])
def test_logits__one_float_per_image_and_class(yours: Yours, images: int) -> None:
    logits = yours.network().eval()(yours.tensor(images))
    assert (torch.float32, (images, len(yours.names))) == (logits.dtype, tuple(logits.shape))


def test_answer__in_eval_depends_on_that_image_alone(yours: Yours) -> None:
    network = yours.network().double().eval()
    images = yours.tensor(4, torch.float64)
    torch.testing.assert_close(network(images[2:3]), network(images)[2:3], rtol=0, atol=1e-9)


def test_answer__in_eval_is_the_same_twice(yours: Yours) -> None:
    network = yours.network().eval()
    assert torch.equal(network(yours.tensor(2)), network(yours.tensor(2)))


def test_network__computes_in_float64(yours: Yours) -> None:
    assert torch.float64 == yours.network().double().eval()(yours.tensor(1, torch.float64)).dtype


def test_weights__are_drawn_from_the_global_generator(yours: Yours) -> None:
    first, second = yours.network().state_dict(), yours.network().state_dict()
    assert [] == [name for name in first if not torch.equal(first[name], second[name])]


def test_network__can_be_exported(yours: Yours) -> None:
    ladder = Ladder(yours.preprocess, yours.network(), yours.names)
    height, width = yours.preprocess.size
    image = np.random.default_rng(0).integers(0, 256, (height + 3, width, 3), dtype=np.uint8)
    model = export_model(ladder, PROVENANCE, "{}").model
    expected, actual = ladder.run("image", image[None]), climbed(opened(model, threads=1), image)
    np.testing.assert_allclose(
        actual["probabilities"], expected["probabilities"], rtol=0, atol=1e-3
    )
