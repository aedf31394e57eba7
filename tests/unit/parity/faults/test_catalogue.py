from __future__ import annotations

import pytest

from ml_ci.parity.faults.catalogue import catalogue, fault_of
from ml_ci.parity.faults.fault import Fault
from ml_ci.steps import LADDER
from tests.builders.faults import reference


def test_catalogue__goes_up_the_ladder() -> None:
    steps = [step.name for step in LADDER]
    places = [steps.index(fault.step) for fault in catalogue()]
    assert sorted(places) == places


@pytest.mark.parametrize("fault", catalogue(), ids=lambda fault: fault.id)
def test_catalogue__every_fault_says_what_it_is(fault: Fault) -> None:
    for text in (fault.title, fault.symptom, fault.source, fault.witness):
        assert text.strip()
    assert fault_of(fault.id) is fault


@pytest.mark.parametrize("fault", catalogue(), ids=lambda fault: fault.id)
def test_catalogue__variants_say_what_to_do(fault: Fault) -> None:
    for variant in fault.variants(reference()):
        assert (fault.id, fault.step) == (variant.fault, variant.step)
        assert variant.said
        assert variant.remedy.server
        hash(variant.key)
