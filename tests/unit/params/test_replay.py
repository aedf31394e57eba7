"""What a person reads when the questions to a target are set out of bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.errors import UserError
from ml_ci.params.reading import read_section
from ml_ci.params.replay import ReplaySettings
from tests.builders.params import PARAMS


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        pytest.param(
            "images: 3",
            "images: 2",
            "`replay.invariants.images` is 2",
            id="too few to turn a batch round",
        ),
        pytest.param(
            "repeats: 2", "repeats: 1", "`replay.invariants.repeats` is 1", id="nothing repeated"
        ),
        pytest.param(
            "concurrency: 8",
            "concurrency: 1",
            "`replay.invariants.concurrency` is 1",
            id="one after the other",
        ),
        pytest.param(
            "uniform: 1", "uniform: 101", "`replay.synthetic.uniform` is 101", id="rows of a record"
        ),
        pytest.param("sample: 10", "sample: -1", "`replay.accuracy.sample` is -1", id="negative"),
    ],
)
def test_replay__names_what_is_out_of_bounds(
    before: str, after: str, sentence: str, tmp_path: Path
) -> None:
    assert before in PARAMS
    path = tmp_path / "params.yaml"
    path.write_text(PARAMS.replace(before, after, 1), encoding="utf-8")

    with pytest.raises(UserError) as error:
        read_section(ReplaySettings, path)

    assert sentence == error.value.what
