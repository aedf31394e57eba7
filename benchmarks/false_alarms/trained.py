"""A subject's trained network on disk, loaded with little of ml-ci, so that any torch can."""

from __future__ import annotations

from pathlib import Path

from safetensors.torch import load_file
from torch import nn

from benchmarks.false_alarms.layout import WEIGHTS
from benchmarks.false_alarms.subjects import Subject


def built(subject: Subject) -> nn.Module:
    """The network with random weights."""
    height, width = subject.settings.size
    return subject.build(subject.settings.channels, subject.classes, (height, width))


def load_network(subject: Subject, folder: Path) -> nn.Module:
    """The trained network, in eval mode."""
    network = built(subject)
    network.load_state_dict(load_file(folder / WEIGHTS))
    return network.eval()
