"""A dump becomes a trace; what cannot be used is told, and costs nothing else."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_ci.rung import record_array, record_bytes, record_text
from ml_ci.trace.reading import Trace
from tests.builders.dumps import (
    GOLDEN,
    HEADER,
    RUNGS,
    TENSOR,
    npy,
    read,
    save_all,
    write_whole_dump,
)
from tests.builders.traces import ladder, write_trace


def test_read_dump__records_every_rung_of_every_image(tmp_path: Path) -> None:
    result, trace = read(write_whole_dump(tmp_path / "phone"))
    expected = {step: record_array(array).rung for step, array in RUNGS.items()}
    expected["label"] = record_text("cat").rung
    found = trace.rungs("b.jpg")
    assert {step: rung.sha256 for step, rung in expected.items()} == {
        step: rung.sha256 for step, rung in found.items()
    }
    assert (result.images, result.failures, result.problems) == (2, {}, ())


def test_read_dump__keeps_floats_and_pixels(tmp_path: Path) -> None:
    _, trace = read(write_whole_dump(tmp_path / "phone"))
    kept = {step: trace.array("a.png", step) for step in RUNGS}
    assert {step: array.tolist() for step, array in RUNGS.items()} == {
        step: None if array is None else array.tolist() for step, array in kept.items()
    }


def test_read_dump__keeps_only_hashes_of_pixels_that_the_reference_has(tmp_path: Path) -> None:
    other = np.zeros((2, 2, 3), np.uint8)
    rungs = ladder(decoded=RUNGS["decoded"], image=other)
    reference = write_trace(tmp_path / "reference", {"a.png": rungs})
    _, trace = read(write_whole_dump(tmp_path / "phone"), reference=reference)
    assert trace.array("a.png", "decoded") is None
    assert trace.array("a.png", "image") is not None
    assert trace.rungs("a.png")["decoded"].sha256 == rungs["decoded"].rung.sha256


def test_read_dump__takes_missing_rungs_as_they_are(tmp_path: Path) -> None:
    arrays = {f"{image}.logits": RUNGS["logits"] for image in GOLDEN}
    result, trace = read(save_all(tmp_path / "phone", arrays))
    assert (result.failures, result.problems) == ({}, ())
    assert list(trace.rungs("a.png")) == ["logits"]


def test_read_dump__says_which_images_are_missing(tmp_path: Path) -> None:
    result, trace = read(save_all(tmp_path / "phone", {"b.jpg.logits": RUNGS["logits"]}))
    assert {"a.png": "the dump has nothing of it"} == result.failures == trace.failures
    assert trace.images == GOLDEN


def test_read_dump__records_in_the_order_of_the_golden_set(tmp_path: Path) -> None:
    golden = ("b.jpg", "a.png")
    _, trace = read(write_whole_dump(tmp_path / "phone"), golden)
    assert trace.images == golden


def test_read_dump__records_rungs_in_the_order_of_the_ladder(tmp_path: Path) -> None:
    _, trace = read(write_whole_dump(tmp_path / "phone"))
    assert [*RUNGS, "label"] == list(trace.rungs("a.png"))


def test_read_dump__writes_the_same_trace_twice(tmp_path: Path) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    contents = []
    for _ in range(2):
        _, trace = read(folder)
        contents.append({path.name: path.read_bytes() for path in trace.folder.iterdir()})
    assert contents[0] == contents[1]


def test_read_dump__has_target_and_receipt_of_the_header(tmp_path: Path) -> None:
    _, trace = read(write_whole_dump(tmp_path / "phone"))
    assert HEADER == trace.header


# What is damaged


def test_read_dump__a_truncated_array_costs_its_rung_alone(tmp_path: Path) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    path = folder / "a.png.tensor.npy"
    path.write_bytes(path.read_bytes()[:-8])
    result, trace = read(folder)
    assert result.problems == (
        f"{path}: it is cut off: its header promises float32 3×2×2, 48 bytes, and 40 are there; "
        "copy or record it again",
    )
    assert {
        "a.png": "`tensor`: it is cut off: its header promises float32 3×2×2, 48 bytes, and 40 are "
        "there"
    } == result.failures
    assert [step for step in (*RUNGS, "label") if step != "tensor"] == list(trace.rungs("a.png"))
    assert [*RUNGS, "label"] == list(trace.rungs("b.jpg"))


def test_read_dump__never_unpickles(tmp_path: Path) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    hostile = np.empty(1, object)
    hostile[0] = _Trap(tmp_path / "sprung")
    (folder / "a.png.tensor.npy").write_bytes(npy(hostile))
    result, _ = read(folder)
    assert not (tmp_path / "sprung").exists()
    assert result.problems == (
        f"{folder / 'a.png.tensor.npy'}: it holds pickled Python objects, which are never read; "
        "save the numbers alone: `np.save(file, np.asarray(values, np.float32))`",
    )


class _Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.path,)


def test_trap__springs_when_it_is_unpickled(tmp_path: Path) -> None:
    hostile = np.empty(1, object)
    hostile[0] = _Trap(tmp_path / "sprung")
    np.save(tmp_path / "a.npy", hostile, allow_pickle=True)
    np.load(tmp_path / "a.npy", allow_pickle=True)
    assert (tmp_path / "sprung").exists()


def test_read_dump__tells_one_mistake_in_many_files_once(tmp_path: Path) -> None:
    arrays = {f"{image}.{step}": TENSOR for image in GOLDEN for step in ("tensr", "input")}
    result, _ = read(save_all(tmp_path / "phone", arrays))
    steps = "received, decoded, image, resized, tensor, logits, probabilities, label"
    folder = tmp_path / "phone"
    assert result.problems == (
        f"{folder / 'a.png.input.npy'} and 1 other: 'input' is no step; the steps are {steps}",
        f"{folder / 'a.png.tensr.npy'} and 1 other: 'tensr' is no step; did you mean `tensor`? "
        f"the steps are {steps}",
    )


def test_read_dump__tells_images_that_are_not_golden(tmp_path: Path) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    save_all(folder, {"c.png.tensor": TENSOR, "c.png.logits": TENSOR})
    result, trace = read(folder)
    assert result.problems == (
        f"{folder / 'c.png.logits.npy'} and 1 other: the golden set has no such image; name it "
        "after a `file` of data/golden/golden.csv, or remove it",
    )
    assert (result.failures, trace.images) == ({}, GOLDEN)


def test_read_dump__of_a_folder_that_is_not_there_fails_every_image(tmp_path: Path) -> None:
    result, trace = read(tmp_path / "phone")
    assert dict.fromkeys(GOLDEN, "the dump has nothing of it") == result.failures
    assert result.problems == (
        f"{tmp_path / 'phone'}: there is no dump; put there what the device wrote",
    )
    assert trace.images == GOLDEN


def test_read_dump__records_what_is_no_number_in_an_array(tmp_path: Path) -> None:
    odd = np.asarray([np.nan, np.inf], np.float32)
    result, trace = read(save_all(tmp_path / "phone", {"a.png.logits": odd, "b.jpg.logits": odd}))
    array = trace.array("a.png", "logits")
    assert array is not None
    assert odd.tobytes() == array.tobytes()
    assert (result.failures, result.problems) == ({}, ())


# Where and when


def test_environment__is_the_device_s_own(tmp_path: Path) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    text = json.dumps({"pillow": "6.0.0", "cores": 4, "created": "2026-01-01T10:00:00+01:00"})
    (folder / "environment.json").write_text(text, encoding="utf-8-sig")
    result, trace = read(folder)
    assert trace.environment == {"pillow": "6.0.0", "cores": "4"}
    assert trace.header.created == result.created == "2026-01-01T10:00:00+01:00"
    assert result.problems == ()


def test_environment__without_a_date_leaves_the_dump_without_an_age(tmp_path: Path) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    (folder / "environment.json").write_text('{"created": "yesterday"}', encoding="utf-8")
    result, trace = read(folder)
    assert result.created is None
    assert HEADER.created == trace.header.created


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("[]", "it is no JSON object", id="list"),
        pytest.param('{"a": ["b"]}', "'a' is no text", id="nested"),
        pytest.param("a: b", "Expecting value: line 1 column 1 (char 0)", id="YAML"),
        pytest.param(" " * (2**20 + 1), "it has more than 1048576 bytes", id="large"),
    ],
)
def test_environment__that_cannot_be_used_is_told(tmp_path: Path, content: str, said: str) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    (folder / "environment.json").write_text(content, encoding="utf-8")
    result, trace = read(folder)
    path = folder / "environment.json"
    assert result.problems == (f'{path}: it cannot be used: {said}; write {{"name": "value", …}}',)
    assert (trace.environment, result.failures) == ({}, {})


def test_environment__is_no_longer_than_a_report_takes(tmp_path: Path) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    entries = {f"name {number}": "value" for number in range(300)}
    (folder / "environment.json").write_text(json.dumps(entries), encoding="utf-8")
    _, trace = read(folder)
    assert list(entries)[:200] == list(trace.environment)


# Our own form


def test_trace__is_taken_as_it_is(tmp_path: Path) -> None:
    recorded = {image: ladder() for image in GOLDEN}
    write_trace(tmp_path / "phone", recorded, with_pixels=True)
    result, trace = read(tmp_path / "phone")
    assert (result.failures, result.problems) == ({}, ())
    assert result.created == trace.header.created == "2026-01-01T00:00:00+00:00"
    assert (trace.header.target, trace.header.receipt) == (HEADER.target, HEADER.receipt)
    original = Trace.open(tmp_path / "phone")
    assert [dataclasses.replace(rung, shard=None) for rung in original.rungs("a.png").values()] == [
        dataclasses.replace(rung, shard=None) for rung in trace.rungs("a.png").values()
    ]
    for step in ("decoded", "tensor"):
        ours, theirs = trace.array("a.png", step), original.array("a.png", step)
        assert ours is not None
        assert theirs is not None
        assert ours.tolist() == theirs.tolist()


def test_trace__of_a_side_that_was_given_tensors_stays_one(tmp_path: Path) -> None:
    write_trace(tmp_path / "phone", {name: {} for name in GOLDEN}, entry="tensor")

    _, trace = read(tmp_path / "phone")

    assert "tensor" == trace.header.entry


def test_trace__keeps_its_failures(tmp_path: Path) -> None:
    images = {"a.png": ladder(), "b.jpg": {}}
    write_trace(tmp_path / "phone", images, failures={"b.jpg": "it hung"})
    result, trace = read(tmp_path / "phone")
    assert {"b.jpg": "it hung"} == result.failures == trace.failures


def test_trace__of_other_images_says_so(tmp_path: Path) -> None:
    write_trace(tmp_path / "phone", {"a.png": ladder(), "c.png": ladder()})
    result, _ = read(tmp_path / "phone")
    assert {"b.jpg": "the dump has nothing of it"} == result.failures
    assert result.problems == (
        f"{tmp_path / 'phone' / 'trace.json'} (`c.png`): the golden set has no such image; name it "
        "after a `file` of data/golden/golden.csv, or remove it",
    )


def test_trace__with_a_damaged_array_loses_that_rung_alone(tmp_path: Path) -> None:
    write_trace(tmp_path / "phone", {image: ladder() for image in GOLDEN})
    shard = tmp_path / "phone" / "00000.safetensors"
    content = shard.read_bytes()
    last = content.rindex(np.full((3, 2, 2), 0.5, np.float32).tobytes())  # b.jpg's tensor
    shard.write_bytes(content[:last] + b"\xff" + content[last + 1 :])
    result, trace = read(tmp_path / "phone")
    said = "`tensor` of b.jpg is not the array that was recorded"
    assert {"b.jpg": said} == result.failures
    assert result.problems == (
        f"{shard}: {said}; copy the whole folder again (trace.json and every file beside it), or "
        "record it again",
    )
    assert "tensor" not in trace.rungs("b.jpg")
    assert "tensor" in trace.rungs("a.png")


def test_trace__that_cannot_be_opened_fails_every_image(tmp_path: Path) -> None:
    write_trace(tmp_path / "phone", {image: ladder() for image in GOLDEN})
    (tmp_path / "phone" / "00000.safetensors").unlink()
    result, _ = read(tmp_path / "phone")
    assert dict.fromkeys(GOLDEN, "the dump has nothing of it") == result.failures
    assert result.problems == (
        f"{tmp_path / 'phone' / '00000.safetensors'}: a file of the trace is missing; copy the "
        "whole folder again (trace.json and every file beside it), or record it again",
    )


def test_trace__goes_back_and_forth(tmp_path: Path) -> None:
    read(write_whole_dump(tmp_path / "phone"))
    first = (tmp_path / "phone-trace" / "trace.json").read_bytes()
    result, _ = read(tmp_path / "phone-trace")
    assert (result.failures, result.problems) == ({}, ())
    assert first == (tmp_path / "phone-trace-trace" / "trace.json").read_bytes()


# Texts and bytes


def test_received__is_known_by_the_hash_of_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "phone"
    folder.mkdir()
    (folder / "a.png.received.bin").write_bytes(b"content")
    save_all(folder, {"b.jpg.received": np.frombuffer(b"content", np.uint8)})
    _, trace = read(folder)
    expected = record_bytes(b"content").rung
    found = [replace(trace.rungs(image)["received"], shard=None) for image in GOLDEN]
    assert [expected, expected] == found


@pytest.mark.parametrize(
    "mode", [np.array("RGB"), np.array(["RGB"]), np.array(b"RGB")], ids=["text", "list", "bytes"]
)
def test_mode__belongs_to_the_decoded_pixels(tmp_path: Path, mode: np.ndarray[Any, Any]) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    save_all(folder, {"a.png.mode": mode})
    (folder / "b.jpg.mode.txt").write_text("P", encoding="utf-8")
    result, trace = read(folder)
    assert ["RGB", "P"] == [trace.text(image, "decoded") for image in GOLDEN]
    assert trace.text("a.png", "image") is None
    assert result.problems == ()


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (np.array("a cat"), "a cat"),
        (np.array(["dog"]), "dog"),
        (np.array([[b"dog"]]), "dog"),
        (np.array(1), "dog"),
        (np.array([0], np.uint8), "cat"),
        (np.array(1.0, np.float32), "dog"),
        (np.array(1, ">i8"), "dog"),
    ],
    ids=["name", "list of a name", "bytes", "number", "uint8", "float", "big-endian"],
)
def test_label__is_a_name_or_a_number(
    tmp_path: Path, label: np.ndarray[Any, Any], expected: str
) -> None:
    result, trace = read(save_all(tmp_path / "phone", {"a.png.label": label}), ("a.png",))
    assert (trace.text("a.png", "label"), result.problems) == (expected, ())


def test_failure__of_the_device_is_the_image_s(tmp_path: Path) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    (folder / "b.jpg.failure.txt").write_text("cannot identify image file\n", encoding="utf-8")
    result, trace = read(folder)
    assert {"b.jpg": "the device failed: cannot identify image file"} == result.failures
    assert [*RUNGS, "label"] == list(trace.rungs("b.jpg"))


def test_failure__of_the_device_comes_before_what_it_explains(tmp_path: Path) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    (folder / "b.jpg.failure.txt").write_text("no room", encoding="utf-8")
    (folder / "b.jpg.tensor.npy").write_bytes(b"")
    result, _ = read(folder)
    said = "EOF: reading magic string, expected 8 bytes got 0"
    assert {
        "b.jpg": f"the device failed: no room; `tensor`: it is nothing that np.save wrote ({said})"
    } == result.failures


def test_read_dump__does_not_touch_the_dump(tmp_path: Path) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    read(folder)
    assert before == {path: path.read_bytes() for path in folder.iterdir()}


def test_label__in_a_file_too_long_for_a_name_is_told(tmp_path: Path) -> None:
    folder = write_whole_dump(tmp_path / "phone")
    (folder / "a.png.label.txt").write_bytes(b"x" * (2**16 + 1))
    result, _ = read(folder)
    assert {"a.png": "`label`: it has 65537 bytes; at most 65536 are read"} == result.failures
