"""Ways to ask the reference: the ladder's own answers, in exact float32."""

from __future__ import annotations

import asyncio

import pytest
import torch

from ml_ci.inquiry.way import Rungs
from ml_ci.model.ways import DeviceWay, LadderWay, exact_float32
from ml_ci.rung import record_array
from ml_ci.steps import IMAGE
from tests.builders.broken_networks import broken_ladder
from tests.builders.model import noisy

IMAGES = [noisy(9 + seed, 14, seed) for seed in range(3)]


def numbers(rungs: Rungs, step: str = "logits") -> list[float]:
    array = rungs[step].array
    assert array is not None
    return [float(number) for number in array]


def test_ladder_way__has_the_ladder_s_bits() -> None:
    ladder = broken_ladder("nothing")
    climbed = ladder.run(IMAGE.name, IMAGES[0][None])

    (found,) = asyncio.run(LadderWay(ladder).ask(IMAGES[:1]))

    assert ["logits", "probabilities", "label"] == list(found)
    assert found["logits"].rung == record_array(climbed["logits"][0]).rung
    assert climbed["label"][0] == found["label"].rung.text


def test_ladder_way__a_batch_is_in_the_order_asked() -> None:
    way = LadderWay(broken_ladder("nothing"))

    together = asyncio.run(way.ask(IMAGES))

    alone = [asyncio.run(way.ask([image]))[0] for image in IMAGES]
    assert [numbers(one) for one in alone] == [
        pytest.approx(numbers(one), abs=1e-5) for one in together
    ]


def test_ladder_way__a_batch_is_one_for_the_network() -> None:
    """Otherwise nothing would be found."""
    way = LadderWay(broken_ladder("batch statistics"))

    alone, together = asyncio.run(way.ask(IMAGES[:1])), asyncio.run(way.ask(IMAGES))

    assert numbers(alone[0]) != pytest.approx(numbers(together[0]), abs=1e-3)


def test_device_way__on_the_cpu_is_the_ladder() -> None:
    ladder = broken_ladder("nothing")

    (found,) = asyncio.run(DeviceWay(ladder, torch.device("cpu")).ask(IMAGES[:1]))

    climbed = ladder.run(IMAGE.name, IMAGES[0][None])
    assert list(climbed) == list(found)
    for step in ("resized", "tensor", "logits", "probabilities"):
        assert found[step].rung == record_array(climbed[step][0]).rung
    assert climbed["label"][0] == found["label"].rung.text


def test_device_way__leaves_the_ladder_where_it_is() -> None:
    ladder = broken_ladder("nothing")
    before = next(ladder.classifier.parameters())

    asyncio.run(DeviceWay(ladder, torch.device("cpu")).ask(IMAGES[:1]))

    assert next(ladder.classifier.parameters()) is before


def test_device_way__asks_one_at_a_time() -> None:
    way = DeviceWay(broken_ladder("batch statistics"), torch.device("cpu"))

    together = asyncio.run(way.ask(IMAGES))

    assert numbers(asyncio.run(way.ask(IMAGES[:1]))[0]) == numbers(together[0])
    assert "one picture at a time on another device" == way.why_alone(IMAGES[0])


def test_exact_float32__has_no_tf32_and_gives_it_back() -> None:
    def allowed() -> tuple[bool, bool]:
        return torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32

    before = allowed()
    with exact_float32():
        inside = allowed()

    assert ((False, False), before) == (inside, allowed())
    assert True in before, "torch allows TF32 by itself, or this test would show nothing"


def test_exact_float32__gives_it_back_after_an_error() -> None:
    before = torch.backends.cudnn.allow_tf32

    with pytest.raises(ZeroDivisionError), exact_float32():
        raise ZeroDivisionError

    assert before == torch.backends.cudnn.allow_tf32
