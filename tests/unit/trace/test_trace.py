"""A trace on disk: what is kept, when it replaces the old one, and how damage is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_ci.errors import UserError
from ml_ci.rung import Recorded, record_array, record_bytes, record_text
from ml_ci.trace.layout import FLOATS, HASHED, TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter

HEADER = TraceHeader(
    target="process",
    receipt="r" * 64,
    environment={"python": "3.11.7"},
    created="2026-01-01T00:00:00+00:00",
)
IMAGE = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
TENSOR = np.linspace(-1, 1, 12, dtype=np.float32).reshape(3, 2, 2)


def rungs(tensor: np.ndarray[Any, Any] = TENSOR) -> dict[str, Recorded]:
    return {
        "received": record_bytes(b"content"),
        "decoded": record_array(IMAGE, text="RGB"),
        "image": record_array(IMAGE),
        "tensor": record_array(tensor),
        "label": record_text("seven"),
    }


def write(folder: Path, images: int = 1, *, keep: frozenset[str] = FLOATS) -> Trace:
    with TraceWriter(folder, HEADER, keep=keep) as writer:
        for index in range(images):
            writer.add(f"{index}.png", rungs(TENSOR + np.float32(index)))
    return Trace.open(folder)


def write_interrupted(folder: Path) -> None:
    with TraceWriter(folder, HEADER) as writer:
        writer.add("new", rungs())
        raise RuntimeError("interrupted")


def edit(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "trace.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document)
    path.write_text(json.dumps(document), encoding="utf-8")


def test_trace__keeps_the_header(tmp_path: Path) -> None:
    assert write(tmp_path / "t").header == HEADER


def test_trace__keeps_hashes_shapes_and_texts_of_every_rung(tmp_path: Path) -> None:
    found = write(tmp_path / "t").rungs("0.png")
    assert {
        step: (rung.dtype, rung.shape, rung.sha256, rung.text) for step, rung in found.items()
    } == {
        step: (rung.rung.dtype, rung.rung.shape, rung.rung.sha256, rung.rung.text)
        for step, rung in rungs().items()
    }


def test_array__of_a_float_rung_is_bit_for_bit_what_was_recorded(tmp_path: Path) -> None:
    array = write(tmp_path / "t").array("0.png", "tensor")
    assert array is not None
    assert array.tobytes() == TENSOR.tobytes()


def test_array__of_a_pixel_rung_is_not_kept_by_default(tmp_path: Path) -> None:
    assert write(tmp_path / "t").array("0.png", "image") is None


def test_array__of_a_pixel_rung_is_kept_when_asked_for(tmp_path: Path) -> None:
    array = write(tmp_path / "t", keep=HASHED).array("0.png", "image")
    assert array is not None
    assert array.tolist() == IMAGE.tolist()


def test_array__that_is_not_a_number_is_kept_bit_for_bit(tmp_path: Path) -> None:
    odd = np.array([np.nan, np.inf, -0.0], dtype=np.float32)
    with TraceWriter(tmp_path / "t", HEADER) as writer:
        writer.add("a", {"logits": record_array(odd)})
    array = Trace.open(tmp_path / "t").array("a", "logits")
    assert array is not None
    assert array.tobytes() == odd.tobytes()


def test_text__is_the_label_and_the_mode(tmp_path: Path) -> None:
    trace = write(tmp_path / "t")
    texts = [trace.text("0.png", step) for step in ("label", "decoded", "image", "logits")]
    assert texts == ["seven", "RGB", None, None]


def test_trace__of_many_images_has_a_shard_per_64(tmp_path: Path) -> None:
    write(tmp_path / "t", images=130)
    names = sorted(path.name for path in (tmp_path / "t").iterdir())
    shards = [f"0000{index}.{kind}" for index in range(3) for kind in ("json", "safetensors")]
    assert names == [*shards, "trace.json"]


def test_trace__starts_a_new_shard_when_arrays_are_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml_ci.trace.writing.SHARD_BYTES", TENSOR.nbytes)
    trace = write(tmp_path / "t", images=2)
    shards = [trace.rungs(image)["tensor"].shard for image in trace.images]
    assert shards == ["00000.safetensors", "00001.safetensors"]


def test_trace__finds_an_array_in_a_later_shard(tmp_path: Path) -> None:
    array = write(tmp_path / "t", images=130).array("129.png", "tensor")
    assert array is not None
    assert array.tolist() == (TENSOR + np.float32(129)).tolist()


def test_images__keep_the_order_of_recording(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t", HEADER) as writer:
        for name in ("b", "ä/c", "a"):
            writer.add(name, rungs())
    assert Trace.open(tmp_path / "t").images == ("b", "ä/c", "a")


def test_failures__name_the_image_and_keep_the_rungs_before(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t", HEADER) as writer:
        writer.add("a", {}, failure="no answer")
        writer.add("b", {"label": record_text("seven")})
    trace = Trace.open(tmp_path / "t")
    assert trace.failures == {"a": "no answer"}
    assert (trace.rungs("a"), trace.why_not("a"), trace.why_not("b")) == (
        {},
        "failed: no answer",
        None,
    )


def test_writer__writes_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path / name, images=70)
    contents = [
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("one", "two")
    ]
    assert contents[0] == contents[1]


def test_writer__leaves_the_old_trace_when_it_does_not_finish(tmp_path: Path) -> None:
    write(tmp_path / "t", images=2)
    with pytest.raises(RuntimeError, match="interrupted"):
        write_interrupted(tmp_path / "t")
    assert Trace.open(tmp_path / "t").images == ("0.png", "1.png")


def test_writer__leaves_nothing_behind_when_it_does_not_finish(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="interrupted"):
        write_interrupted(tmp_path / "t")
    assert list(tmp_path.iterdir()) == []


def test_writer__that_cannot_finish_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError), TraceWriter(tmp_path / "t", HEADER) as writer:
        writer.add("\ud800", {})
    assert list(tmp_path.iterdir()) == []


def test_writer__replaces_the_old_trace_with_a_complete_one(tmp_path: Path) -> None:
    write(tmp_path / "t", images=130)
    write(tmp_path / "t", images=1)
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == [
        "00000.json",
        "00000.safetensors",
        "trace.json",
    ]


def test_writer__refuses_an_image_twice(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "t", HEADER) as writer:
        writer.add("a", {})
        with pytest.raises(ValueError, match="'a' is recorded already"):
            writer.add("a", {})


def test_open__of_a_missing_trace_says_where(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        Trace.open(tmp_path / "t")
    assert (caught.value.what, caught.value.where) == (
        "there is no trace",
        str(tmp_path / "t" / "trace.json"),
    )


def test_open__of_a_newer_schema_asks_for_an_update(tmp_path: Path) -> None:
    write(tmp_path / "t")
    edit(tmp_path / "t", lambda document: document.update(schema_version=3))
    with pytest.raises(UserError) as caught:
        Trace.open(tmp_path / "t")
    assert caught.value.what == "the trace has schema version 3, this ml-ci reads 2"
    assert caught.value.fix.startswith("update ml-ci")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda d: d.pop("schema_version"), "schema_version", id="no version"),
        pytest.param(lambda d: d.pop("images"), "images", id="no images"),
        pytest.param(lambda d: d.update(images=[]), "damaged", id="images are a list"),
        pytest.param(lambda d: d.update(environment={"a": 1}), "strings", id="environment"),
        pytest.param(lambda d: d["images"].update({"0.png": 1}), "failure", id="failure"),
        pytest.param(lambda d: d["images"].update({"1.png": None}), "hold", id="more images"),
        pytest.param(lambda d: d["shards"][0].update(name="../1"), "shard", id="name of a shard"),
        pytest.param(lambda d: d["shards"][0].pop("sha256"), "sha256", id="no hash"),
        pytest.param(lambda d: d.update(entry="middle"), "entry", id="entry"),
    ],
)
def test_open__of_a_damaged_trace_names_what_is_wrong(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    write(tmp_path / "t")
    edit(tmp_path / "t", change)
    with pytest.raises(UserError, match=message):
        Trace.open(tmp_path / "t")


def test_open__of_half_a_file_is_a_damaged_trace(tmp_path: Path) -> None:
    write(tmp_path / "t")
    path = tmp_path / "t" / "trace.json"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match="the trace is damaged"):
        Trace.open(tmp_path / "t")


@pytest.mark.parametrize("file", ["00000.json", "00000.safetensors"])
def test_open__without_a_file_of_a_shard_names_it(tmp_path: Path, file: str) -> None:
    write(tmp_path / "t")
    (tmp_path / "t" / file).unlink()
    with pytest.raises(UserError) as caught:
        Trace.open(tmp_path / "t")
    assert caught.value.where == str(tmp_path / "t" / file)


def test_rungs__of_a_shard_that_was_changed_are_told(tmp_path: Path) -> None:
    trace = write(tmp_path / "t")
    path = tmp_path / "t" / "00000.json"
    path.write_text(path.read_text().replace("seven", "eight"))
    with pytest.raises(UserError, match="not the file that was written"):
        trace.rungs("0.png")


def test_why_not__of_an_image_it_does_not_hold(tmp_path: Path) -> None:
    assert write(tmp_path / "t").why_not("other.png") == "has no trace of it"


def test_array__of_received_is_its_bytes(tmp_path: Path) -> None:
    array = write(tmp_path / "t", keep=HASHED).array("0.png", "received")
    assert array is not None
    assert array.tobytes() == b"content"


def test_array__from_half_a_shard_is_told(tmp_path: Path) -> None:
    trace = write(tmp_path / "t")
    path = tmp_path / "t" / "00000.safetensors"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(UserError, match=r"`tensor` of 0.png cannot be read"):
        trace.array("0.png", "tensor")


def test_array__with_a_changed_bit_is_told(tmp_path: Path) -> None:
    trace = write(tmp_path / "t")
    path = tmp_path / "t" / "00000.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(UserError, match=r"`tensor` of 0.png is not the array that was recorded"):
        trace.array("0.png", "tensor")
