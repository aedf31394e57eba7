"""A session: the rungs it gives, and the models it does not load."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ml_ci.artifacts.files import sha256_of_file
from ml_ci.errors import UserError
from ml_ci.serving.protocol import ModelIdentity
from ml_ci.serving.session import ModelSession, load_session
from tests.builders.images import picture
from tests.builders.onnx_model import (
    CLASS_NAMES,
    PREPROCESS,
    PROVENANCE,
    default_metadata,
    model_bytes,
    network_bytes,
    write_model,
)


def load(models: Path, version: int | None = 1) -> ModelSession:
    return load_session(models, name="shapes", version=version, threads=1, network=False)


def test_card__is_what_the_file_says(session: ModelSession, models: Path) -> None:
    digest = sha256_of_file(models / "shapes" / "1" / "model.onnx")
    assert session.card.identity == ModelIdentity(name="shapes", version=1, sha256=digest)
    assert session.card.class_names == CLASS_NAMES
    assert session.card.provenance == PROVENANCE
    assert session.card.preprocess == PREPROCESS


def test_predict__gives_the_label_of_the_largest_probability(session: ModelSession) -> None:
    labels = {}
    for seed in range(20):
        answer = session.predict(picture(seed))
        labels[answer.label] = CLASS_NAMES[int(answer.probabilities.argmax())]
    assert len(labels) > 1
    assert list(labels) == list(labels.values())


def test_climb_from_image__gives_every_rung_in_order(session: ModelSession) -> None:
    rungs = session.climb_from_image(picture())
    assert {step: recorded.rung.shape for step, recorded in rungs.items()} == {
        "resized": (3, 4, 4),
        "tensor": (3, 4, 4),
        "logits": (3,),
        "probabilities": (3,),
        "label": (len(str(rungs["label"].rung.text).encode()),),
    }
    assert list(rungs) == ["resized", "tensor", "logits", "probabilities", "label"]


def test_resize__gives_the_rung_alone(session: ModelSession) -> None:
    resized = session.climb_from_image(picture())["resized"].array
    assert resized is not None
    assert resized.tobytes() == session.resize(picture()).tobytes()
    assert resized.shape == session.resize(picture()).shape


def test_climb_from_image__ends_where_predict_does(session: ModelSession) -> None:
    rungs, answer = session.climb_from_image(picture()), session.predict(picture())
    array = rungs["probabilities"].array
    assert array is not None
    assert array.tobytes() == answer.probabilities.tobytes()
    assert rungs["label"].rung.text == answer.label


def test_climb_from_tensor__continues_where_the_picture_left_off(session: ModelSession) -> None:
    from_image = session.climb_from_image(picture())
    tensor = from_image["tensor"].array
    assert tensor is not None
    from_tensor = session.climb_from_tensor(tensor.astype(np.float32))
    assert list(from_tensor) == ["logits", "probabilities", "label"]
    assert from_tensor["logits"].rung == from_image["logits"].rung


def test_tensor_shape__is_what_the_network_takes(session: ModelSession) -> None:
    assert session.tensor_shape == (3, 4, 4)


def test_load_session__takes_the_highest_version(tmp_path: Path) -> None:
    for version in (2, 10, 9):
        write_model(tmp_path, version=version)
    assert load(tmp_path, version=None).card.identity.version == 10


@pytest.mark.parametrize(
    ("version", "message"),
    [
        pytest.param(None, "there is no version of the model", id="any"),
        pytest.param(3, "there is no version 3 of the model", id="one"),
    ],
)
def test_load_session__without_a_model(tmp_path: Path, version: int | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load(tmp_path, version=version)


def without(key: str) -> bytes:
    metadata = default_metadata()
    del metadata[key]
    return model_bytes(metadata=metadata)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(lambda: b"not a model", "the model cannot be loaded", id="no model"),
        pytest.param(network_bytes, "it has no output `resized`", id="another graph"),
        pytest.param(lambda: without("class_names"), "no 'class_names'", id="no names"),
        pytest.param(lambda: without("provenance"), "no 'provenance'", id="no provenance"),
        pytest.param(lambda: without("preprocess"), "no 'preprocess'", id="no preprocessing"),
        pytest.param(
            lambda: model_bytes(metadata=default_metadata() | {"class_names": json.dumps(3)}),
            "its metadata is malformed: class_names is a list",
            id="names are a number",
        ),
        pytest.param(
            lambda: model_bytes(metadata=default_metadata() | {"preprocess": "[]"}),
            "its metadata is malformed: provenance and preprocess are objects",
            id="settings are a list",
        ),
    ],
)
def test_load_session__of_a_damaged_model(
    tmp_path: Path, content: Callable[[], bytes], message: str
) -> None:
    folder = write_model(tmp_path)
    (folder / "model.onnx").write_bytes(content())
    with pytest.raises(UserError, match=message) as caught:
        load(tmp_path)
    assert caught.value.where == str(folder / "model.onnx")
