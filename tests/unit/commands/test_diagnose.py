"""`ml-ci diagnose`: what it takes, what it says, how it ends."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.commands.diagnose import diagnose
from ml_ci.commands.diagnosed_target import Asked
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import GoldenSample
from ml_ci.errors import UserError
from ml_ci.model.weights import preprocess_sha256, save_weights
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.rung import record_array, record_text
from ml_ci.stages.loading import load_trained
from ml_ci.stages.reference import climb
from ml_ci.steps import PROBABILITIES, TENSOR
from ml_ci.trace.layout import FLOATS, TraceHeader
from ml_ci.trace.writing import TraceWriter
from tests.builders.faults import scene
from tests.builders.images import encoded
from tests.builders.model import weights_card
from tests.builders.network import build_network
from tests.builders.params import PARAMS
from tests.builders.traces import noise_floor

IMAGES = Path("photos")
SIZES = ((60, 97), (80, 50), (45, 45), (33, 70), (120, 90), (70, 71))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout with a model, and a folder of photos beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ml_ci.stages.loading.build_network", build_network)
    paths.PARAMS.write_text(PARAMS, encoding="utf-8")
    preprocess, model = read_section(PreprocessSettings), read_section(ModelSettings)
    classes = ("cat", "dog")
    card = weights_card(class_names=classes, preprocess_sha256=preprocess_sha256(preprocess))
    save_weights(paths.WEIGHTS, build_network(3, len(classes)).eval(), card)
    folder = paths.model_folder(model.name, model.version)
    noise_floor(1e-6).save(folder / paths.NOISE_FILE)
    hashes = dict.fromkeys(("model_sha256", "network_sha256", "weights_sha256"), "0" * 64)
    ModelCard(name=model.name, version=1, class_names=classes, **hashes).save(folder)
    IMAGES.mkdir()
    (IMAGES / "notes.txt").write_text("no image", encoding="utf-8")
    for number, size in enumerate(SIZES):
        picture = Image.fromarray(scene(*size, seed=number))
        (IMAGES / f"{number}.png").write_bytes(encoded(picture, "PNG"))


def record(folder: Path, *, scale: float = 1.0, keep: frozenset[str] | None = None) -> None:
    """A side whose `tensor` is ``scale`` times what it should be; ``keep``: rungs recorded."""
    preprocess = read_section(PreprocessSettings)
    rule = decode_rule(preprocess, read_section(LimitSettings))
    ladder = load_trained(preprocess).ladder()
    header = TraceHeader(target="phone", receipt="", created="")
    with TraceWriter(folder, header, keep=FLOATS) as writer:
        for path in sorted(IMAGES.glob("*.png")):
            sample = GoldenSample(name=path.name, path=path, label="", witnesses=())
            rungs = climb(sample, ladder, rule)
            if scale != 1:
                tensor: Any = np.asarray(rungs[TENSOR.name].array) * np.float32(scale)
                rungs[TENSOR.name] = record_array(tensor)
                for step, value in ladder.run(TENSOR.name, tensor[None]).items():
                    one = value[0]
                    rungs[step] = record_text(str(one)) if step == "label" else record_array(one)
            wanted = rungs.keys() if keep is None else keep
            writer.add(path.name, {step: rungs[step] for step in rungs if step in wanted})


def asked(**changes: Any) -> Asked:
    values: dict[str, Any] = {
        "target": None,
        "trace": None,
        "url": None,
        "protocol": None,
        "images": IMAGES,
        "json_file": None,
        "variables": {},
    }
    return Asked(**(values | changes))


def run(**changes: Any) -> tuple[int, str]:
    stream = io.StringIO()
    code = diagnose(Console(file=stream, width=200), asked(**changes))
    return code, stream.getvalue()


def test_diagnose__nothing_differs(checkout: None) -> None:
    record(Path("phone"))

    code, text = run(trace=Path("phone"))

    assert (0, True) == (code, text.startswith("phone: pass: "))


def test_diagnose__names_step_and_cause_from_a_trace(checkout: None) -> None:
    record(Path("phone"), scale=1.31)

    code, text = run(trace=Path("phone"), json_file=Path("-"))

    document = json.loads(text)
    assert (1, "differs", "tensor") == (code, document["verdict"], document["first_step"])
    [finding] = document["findings"]
    assert ("tensor", True, len(SIZES)) == (finding["step"], finding["whole"], finding["images"])
    assert {"fault", "parameters", "explained", "residual", "equivalent", "remedy"} <= set(finding)


def test_diagnose__says_what_to_do_and_writes_json(checkout: None) -> None:
    record(Path("phone"), scale=1.31)

    _, text = run(trace=Path("phone"), json_file=Path("found.json"))

    assert f"explains {len(SIZES)} of {len(SIZES)} images down to noise" in text
    assert "in the server: " in text
    assert "differs" == json.loads(Path("found.json").read_text(encoding="utf-8"))["verdict"]


def test_diagnose__a_target_that_lacks_images_is_incomplete(checkout: None) -> None:
    record(Path("phone"))
    (IMAGES / "more.png").write_bytes((IMAGES / "0.png").read_bytes())

    code, text = run(trace=Path("phone"), json_file=Path("-"))

    assert (3, "incomplete") == (code, json.loads(text)["verdict"])


def test_diagnose__from_answers_alone(checkout: None) -> None:
    record(Path("phone"), scale=2.0, keep=frozenset({PROBABILITIES.name}))

    code, text = run(trace=Path("phone"), json_file=Path("-"))

    document = json.loads(text)
    assert (1, "probabilities") == (code, document["first_step"])
    assert {"answers"} >= {finding["known"] for finding in document["findings"]}


def test_diagnose__one_thing_at_a_time(checkout: None) -> None:
    with pytest.raises(UserError) as caught:
        run(trace=Path("phone"), url="http://127.0.0.1:1")

    assert "2 things to diagnose were named, not one" == caught.value.what


def test_diagnose__a_protocol_without_a_server(checkout: None) -> None:
    with pytest.raises(UserError) as caught:
        run(trace=Path("phone"), protocol="ml-ci")

    assert "a protocol is how a server is asked, and none is asked" == caught.value.what


def test_diagnose__a_protocol_that_is_none(checkout: None) -> None:
    with pytest.raises(UserError) as caught:
        run(url="http://127.0.0.1:1", protocol="smoke-signals")

    assert "'smoke-signals' is no protocol" == caught.value.what


def test_diagnose__a_folder_without_images(checkout: None, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(UserError) as caught:
        run(trace=Path("phone"), images=tmp_path / "empty")

    assert "there is no image that the model takes" == caught.value.what
