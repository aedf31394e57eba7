"""Synthetic tensors: ones, zeros and noise, the same everywhere."""

from __future__ import annotations

import numpy as np

from ml_ci.inquiry.tensors import synthetic_tensors
from ml_ci.rung import sha256_of_array

SHAPE = (3, 4, 5)


def test_tensors__are_ones_zeros_and_noise() -> None:
    tensors = synthetic_tensors(SHAPE, uniform=3)

    assert ["ones", "zeros", "uniform 1", "uniform 2", "uniform 3"] == list(tensors)
    assert {("float32", SHAPE)} == {(one.dtype.name, one.shape) for one in tensors.values()}
    assert [1.0] == np.unique(tensors["ones"]).tolist()
    assert [0.0] == np.unique(tensors["zeros"]).tolist()


def test_noise__fills_what_pictures_fill() -> None:
    noise = synthetic_tensors((3, 64, 64), uniform=1)["uniform 1"]

    assert (-2.0, 2.0) == (np.floor(noise.min()), np.ceil(noise.max()))


def test_noise__is_the_same_every_time_and_another_each() -> None:
    twice = [synthetic_tensors(SHAPE, uniform=3).values() for _ in range(2)]
    hashes = [[sha256_of_array(one) for one in tensors] for tensors in twice]

    assert (hashes[0], 5) == (hashes[1], len(set(hashes[0])))
