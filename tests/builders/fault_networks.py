"""A network with a layer of every kind, and the same one built otherwise: as a server has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ml_ci.model.classifier import Ladder
from ml_ci.model.reference_steps import ReferenceSteps
from ml_ci.model.wrong_networks import WrongNetworks
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.catalogue import fault_of
from ml_ci.parity.faults.fault import Evidence, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import LOGITS
from tests.builders.faults import CLASSES, RULE, explaining, pictures, reference
from tests.builders.upper_targets import NOISE, below

_ENOUGH = 4  # pictures: every network is computed three times for each


class Varied(nn.Module):
    """Each argument is one thing that servers get wrong."""

    def __init__(self, **otherwise: Any) -> None:
        super().__init__()
        self.has = otherwise.get
        self.first = nn.Conv2d(3, 6, 3, stride=2)
        self.norm = nn.BatchNorm2d(6, eps=self.has("eps", 1e-5))
        self.square = nn.Conv2d(6, 6, 3, padding=1, padding_mode=self.has("mode", "zeros"))
        self.groups = nn.GroupNorm(2, 6, eps=self.has("group_eps", 0.01))
        self.head = nn.Linear(6 * 9, len(CLASSES))
        # Modules of their own, as the template's networks have them
        self.act = self.has("act", nn.ReLU())
        self.pool = self.has("pool", nn.MaxPool2d(3, stride=3, ceil_mode=True))
        self.flat = nn.Flatten()
        self.drop = nn.Dropout(0.2)

    def forward(self, tensor: Tensor) -> Tensor:
        """N×3×16×16 → N×K."""
        if self.has("same"):
            features = self.first(functional.pad(tensor, (0, 1, 0, 1)))  # 16 → 8, stride 2
        else:
            features = self.first(functional.pad(tensor, (1, 1, 1, 1)))
        features = self.act(self.norm(features))  # (N, 6, 8, 8)
        features = self.act(self.groups(self.square(features)))
        features = self.pool(features)  # (N, 6, 3, 3)
        if self.has("channels_last"):
            features = features.permute(0, 2, 3, 1).contiguous()
        vector = self.flat(features) * self.has("factor", 1.0)
        logits: Tensor = self.head(self.drop(vector))
        return logits


def trained(seed: int = 0, **otherwise: Any) -> Varied:
    """In eval mode, with weights and statistics as a training leaves them."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = Varied()
        for name, value in network.state_dict().items():
            if name.endswith("running_mean"):
                value.normal_(0, 0.3)
            if name.endswith("running_var"):
                value.uniform_(0.02, 0.5)
            if name in ("norm.weight", "groups.weight"):
                value.uniform_(0.6, 1.5)
            if name in ("norm.bias", "groups.bias"):
                value.normal_(0, 0.4)
            if name.startswith("head"):
                value.mul_(4)
    other = Varied(**otherwise)
    other.load_state_dict(network.state_dict())
    return other.eval()


@cache
def varied_reference() -> Reference:
    """With the network, and the weights of another training as those of `the base`."""
    ours = reference()
    network = trained()
    states: Mapping[str, Any] = {"the base": trained(seed=1).state_dict()}
    ladder = Ladder(ours.settings, network, CLASSES)
    steps = ReferenceSteps(ladder, RULE, lambda image: pictures()[image], StepError)
    return replace(ours, executor=steps, networks=WrongNetworks(network, StepError, states))


def served(network: nn.Module) -> Evidence:
    """A target with that network, in float32."""
    given: NDArray[Any] = below(LOGITS.name)[-_ENOUGH:]
    with torch.inference_mode():
        made = network(torch.tensor(given.astype(np.float32))).float().numpy()
    return Evidence(given=list(given), made=list(made))


def named_network(fault: str, seen: Evidence) -> list[Variant]:
    """Those variants of ``fault`` that explain it."""
    return explaining(fault_of(fault), seen, varied_reference(), NOISE)
