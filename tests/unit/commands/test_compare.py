"""`ml-ci compare`: which sides it takes, what it writes and how it ends."""

from __future__ import annotations

import io
import json
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.inquiry import InvariantsRecord, invariants_not_asked, nothing_asked
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.artifacts.model_facts import facts_of_document
from ml_ci.commands.compare import compare
from ml_ci.commands.compared_side import Side, open_side
from ml_ci.data.manifest import COLUMNS
from ml_ci.errors import UserError
from ml_ci.model.weights import preprocess_sha256, save_weights
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.rung import record_array, record_text
from ml_ci.stages.loading import load_trained
from ml_ci.trace.layout import HASHED, TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter
from tests.builders.model import weights_card
from tests.builders.network import build_network
from tests.builders.params import PARAMS
from tests.builders.traces import ladder, noise_floor, write_trace


def record(folder: Path, *, added: float = 0.0) -> None:
    """A side that was given a picture and adds ``added`` to what enters the network."""
    climb = load_trained(read_section(PreprocessSettings)).ladder()
    image = np.full((1, 20, 20, 3), 90, np.uint8)
    below = climb.run("image", image)
    tensor = below["tensor"] + np.float32(added)
    rungs = {"image": image, "resized": below["resized"], "tensor": tensor}
    rungs |= climb.run("tensor", tensor)
    header = TraceHeader(target=folder.name, receipt="r", created="")
    with TraceWriter(folder, header, keep=HASHED | set(rungs)) as writer:
        writer.add(
            "a.png",
            {
                step: record_text(str(value[0])) if step == "label" else record_array(value[0])
                for step, value in rungs.items()
            },
        )


def run(second: str, *, as_json: bool = False) -> tuple[int, str]:
    stream = io.StringIO()
    code = compare(Console(file=stream, width=120), "reference", second, as_json=as_json)
    return code, stream.getvalue()


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout with a model, and what the reference recorded."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ml_ci.stages.loading.build_network", build_network)
    paths.PARAMS.write_text(PARAMS, encoding="utf-8")
    preprocess, model = read_section(PreprocessSettings), read_section(ModelSettings)
    classes = ("cat", "dog")
    sha256 = preprocess_sha256(preprocess)
    card = weights_card(class_names=classes, preprocess_sha256=sha256)
    save_weights(paths.WEIGHTS, build_network(3, len(classes)).eval(), card)
    folder = paths.model_folder(model.name, model.version)
    noise_floor(1e-4).save(folder / paths.NOISE_FILE)
    hashes = dict.fromkeys(("model_sha256", "network_sha256", "weights_sha256"), "0" * 64)
    ModelCard(name=model.name, version=1, class_names=classes, **hashes).save(folder)
    record(paths.trace_folder("reference"))


def test_compare__two_targets_by_name(recorded: None) -> None:
    record(paths.trace_folder("onnx"))

    code, text = run("onnx")

    assert (0, True) == (code, text.startswith("onnx: pass: "))


def test_compare__a_folder_anywhere(recorded: None, tmp_path: Path) -> None:
    record(tmp_path / "phone", added=0.5)

    code, text = run(str(tmp_path / "phone"))

    expected = "phone: differs: they part at tensor on 1 of 1 images"
    assert (1, expected) == (code, text.splitlines()[0])


def test_compare__prints_everything_as_json(recorded: None, tmp_path: Path) -> None:
    record(tmp_path / "phone", added=0.5)

    document = json.loads(run(str(tmp_path / "phone"), as_json=True)[1])

    assert ("differs", "tensor", ["tensor"]) == (
        document["verdict"],
        document["first_step"],
        document["faulty"],
    )
    assert {"step", "own", "inherited", "allowed", "images"} <= set(document["steps"][0])
    assert {"topic", "name", "outcome", "step", "evidence"} == set(document["checks"][0])


def test_compare__says_what_could_not_be_checked(recorded: None, tmp_path: Path) -> None:
    record(tmp_path / "phone")

    text = " ".join(run(str(tmp_path / "phone"))[1].split())

    assert "not asked: only what was recorded is compared here" in text


def dumped(folder: Path, *, added: float = 0.0) -> None:
    """What ten lines on a device would have written of a.png, with a golden set of that image."""
    paths.GOLDEN.mkdir(parents=True)
    paths.GOLDEN_LABELS.write_text("file,label,witnesses\na.png,cat,colour\n", encoding="utf-8")
    folder.mkdir(parents=True)
    climb = load_trained(read_section(PreprocessSettings)).ladder()
    below = climb.run("image", np.full((1, 20, 20, 3), 90, np.uint8))
    np.save(folder / "a.png.resized.npy", below["resized"][0])
    np.save(folder / "a.png.tensor.npy", below["tensor"][0] + np.float32(added))


@pytest.mark.parametrize("name", ["phone", "dumps/phone"], ids=["by name", "by folder"])
def test_compare__a_dump(recorded: None, name: str) -> None:
    dumped(paths.dump_folder("phone"), added=0.5)

    code, text = run(name)

    expected = "phone: differs: they part at tensor on 1 of 1 images"
    assert (1, expected) == (code, text.splitlines()[0])


def test_compare__accepts_what_params_yaml_accepts_of_a_target(recorded: None) -> None:
    dumped(paths.dump_folder("phone"), added=0.5)
    text = paths.PARAMS.read_text(encoding="utf-8")
    phone = "\n  phone: {kind: dump, tolerances: {tensor: 1.0}, expected: []}"
    paths.PARAMS.write_text(text.replace("targets:", f"targets:{phone}"), encoding="utf-8")

    document = json.loads(run("phone", as_json=True)[1])

    assert ("pass", 1.0) == (
        document["verdict"],
        next(step["allowed"] for step in document["steps"] if step["step"] == "tensor"),
    )


def test_compare__says_what_of_a_dump_cannot_be_used(recorded: None) -> None:
    dumped(paths.dump_folder("phone"))
    (paths.dump_folder("phone") / "a.png.logits.npy").write_bytes(b"no numbers")

    code, text = run("phone")

    assert (3, True) == (code, "a.png.logits.npy" in text)


def test_compare__images_of_one_side_only_are_incomplete(recorded: None, tmp_path: Path) -> None:
    write_trace(tmp_path / "other", {"b.png": ladder()})

    assert 3 == run(str(tmp_path / "other"))[0]


def test_open_side__names_what_there_is(recorded: None) -> None:
    with pytest.raises(UserError) as caught:
        open_side("phone", ("cat", "dog"), ExitStack())

    assert ("nothing was recorded of 'phone'", "name one of reference") == (
        caught.value.what,
        caught.value.fix.split(",")[0],
    )


def test_open_side__before_anything_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="run `make repro`, which records every target"):
        open_side("phone", ("cat", "dog"), ExitStack())


def side(name: str, invariants: InvariantsRecord | None = None) -> Side:
    """The trace of a side that tells its model file, which is none that lies here."""
    facts = facts_of_document({"sha256": "f" * 64})
    trace = Trace.open(paths.trace_folder(name))
    return Side(trace=trace, facts=facts, inquiry=nothing_asked(facts, "x"), invariants=invariants)


@pytest.mark.parametrize(
    ("invariants", "content", "weights"),
    [
        (invariants_not_asked("x"), "differs", "the model file that the target has"),
        (None, "unknown", "the weights of the first side do not lie here"),
    ],
    ids=["the reference", "another side"],
)
def test_compare__manifest_and_weights_belong_to_the_reference_alone(
    recorded: None,
    monkeypatch: pytest.MonkeyPatch,
    invariants: InvariantsRecord | None,
    content: str,
    weights: str,
) -> None:
    write_trace(paths.trace_folder("reference"), {"a.png": ladder(received=None)})
    if invariants is not None:  # whose `received` is not what the manifest names
        write_trace(paths.trace_folder("reference"), {"a.png": ladder(received=b"other")})
    write_trace(paths.trace_folder("onnx"), {"a.png": ladder()})
    paths.MANIFEST.write_text(
        f"{','.join(COLUMNS)}\ngolden/a.png,{'1' * 64},cat,\n", encoding="utf-8"
    )
    sides = {"reference": side("reference", invariants), "onnx": side("onnx")}
    monkeypatch.setattr("ml_ci.commands.compare.open_side", lambda name, *_: sides[name])

    document = json.loads(run("onnx", as_json=True)[1])

    checks = {one["name"]: one for one in document["checks"]}
    assert (content, True) == (
        checks["golden content"]["outcome"],
        checks["weights"]["evidence"].startswith(weights),
    )
