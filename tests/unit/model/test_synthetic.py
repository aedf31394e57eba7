"""The reference's answers to synthetic tensors are its network's."""

from __future__ import annotations

from ml_ci.inquiry.tensors import synthetic_tensors
from ml_ci.model.synthetic import synthetic_answers
from ml_ci.rung import record_array
from ml_ci.steps import TENSOR
from tests.builders.model import ladder


def test_answers__are_those_of_the_network() -> None:
    reference = ladder(size=[16, 20], channels=1)
    tensors = synthetic_tensors((1, 16, 20), uniform=2)

    found = synthetic_answers(reference, tensors)

    assert list(tensors) == list(found)
    for name, tensor in tensors.items():
        climbed = reference.run(TENSOR.name, tensor[None])
        assert ["logits", "probabilities", "label"] == list(found[name])
        assert found[name]["logits"].rung == record_array(climbed["logits"][0]).rung
