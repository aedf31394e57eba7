"""What the collector writes, how it goes on after an interruption, and what it tells."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ml_ci.collector import collect
from ml_ci.environment import this_environment
from tests.builders.collecting import (
    CLASS_NAMES,
    IMAGES,
    dumped,
    run_collector,
    write_device,
    write_settings,
)

OWN = ("decoded.npy", "image.npy", "mode.txt", "received.bin", "resized.npy", "tensor.npy")


@pytest.fixture
def device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder one stands in on a device."""
    monkeypatch.chdir(write_device(tmp_path))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "device", raising=False)
    yield tmp_path
    sys.modules.pop("device", None)


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "dump").iterdir()}


def test_collect__writes_a_file_per_image_and_step(device: Path) -> None:
    assert run_collector(device) == 0
    expected = {f"{image}.{name}" for image in IMAGES for name in OWN}
    assert expected | {"environment.json"} == files(device)


def test_collect__says_how_many(device: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_collector(device)
    assert capsys.readouterr().out == f"3 of 3 images recorded in {device / 'dump'}\n"


def test_collect__records_the_bytes_it_read(device: Path) -> None:
    run_collector(device)
    for image in IMAGES:
        received = (device / "dump" / f"{image}.received.bin").read_bytes()
        assert (device / "golden" / image).read_bytes() == received


def test_collect__takes_images_from_golden_csv(device: Path) -> None:
    table = "file,label,witnesses\nb.png,cat,size\n"
    (device / "golden" / "golden.csv").write_text(table, encoding="utf-8-sig")
    run_collector(device)
    assert {f"b.png.{name}" for name in OWN} | {"environment.json"} == files(device)


def test_collect__goes_into_folders(device: Path) -> None:
    (device / "golden" / "shop").mkdir()
    (device / "golden" / "a.png").replace(device / "golden" / "shop" / "a.png")
    run_collector(device)
    assert "shop/a.png.tensor.npy" in dumped(device)


def test_collect__without_images_is_told(device: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for image in IMAGES:
        (device / "golden" / image).unlink()
    assert run_collector(device) == 2
    where = device / "golden"
    assert capsys.readouterr().err == (
        f"error: there are no images in {where}: copy data/golden there\n"
    )


# Functions of the device


def test_network__gets_the_tensor_and_gives_logits(device: Path) -> None:
    assert run_collector(device, "--network", "device:logits") == 0
    found = dumped(device)
    logits = found["a.png.logits.npy"]
    assert [found["a.png.tensor.npy"].mean(), 1.0] == logits.tolist()
    powers = np.exp(logits.astype(np.float64))
    np.testing.assert_allclose(found["a.png.probabilities.npy"], powers / powers.sum(), rtol=1e-6)
    assert found["a.png.probabilities.npy"].dtype == np.float32
    assert found["a.png.label.txt"] == "dög"


def test_network__may_give_all_that_is_above(device: Path) -> None:
    run_collector(device, "--network", "device:everything")
    found = dumped(device)
    assert found["a.png.probabilities.npy"].tolist() == [0.25, 0.75]
    assert found["a.png.label.txt"] == "cat"


def test_label__is_a_number_where_the_classes_are_not_known(device: Path) -> None:
    write_settings(device, class_names=None)
    run_collector(device, "--network", "device:logits")
    assert dumped(device)["a.png.label.npy"].tolist() == CLASS_NAMES.index("dög")


def test_climb__is_recorded_as_it_is(device: Path) -> None:
    (device / "collect.json").unlink()
    assert run_collector(device, "--climb", "device:climb") == 0
    found = dumped(device)
    steps = {"image.npy", "mode.txt", "label.npy", "received.bin"}
    assert {f"a.png.{step}" for step in steps} == {n for n in found if n.startswith("a.png.")}
    assert (found["a.png.label.npy"].tolist(), found["a.png.mode.txt"]) == (1, "RGB")


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            "misspelt",
            "the function of --climb returns 'tensr'; the steps are decoded, image, resized, "
            "tensor, logits, probabilities, label, mode",
        ),
        ("nothing", "the function of --climb returns no dict: step -> array"),
        ("objects", "the function of --climb returns `tensor` as object, no numbers"),
        ("here", "device:here is no function"),
        ("absent", "there is no function device:absent: module 'device' has no attribute 'absent'"),
    ],
)
def test_climb__that_cannot_be_used_ends_it(
    device: Path, capsys: pytest.CaptureFixture[str], function: str, message: str
) -> None:
    assert run_collector(device, "--climb", f"device:{function}") == 2
    assert capsys.readouterr().err == f"error: {message}\n"


def test_climb__of_no_module(device: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_collector(device, "--climb", "phone:climb") == 2
    message = "error: there is no function phone:climb: No module named 'phone'\n"
    assert message == capsys.readouterr().err


# An image that fails


def test_failure__is_recorded_and_the_rest_goes_on(
    device: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_collector(device, "--climb", "device:fails") == 1
    found = dumped(device)
    assert found["b.png.failure.txt"] == "RuntimeError: out of memory"
    assert "c.png.tensor.npy" in found
    told = capsys.readouterr()
    assert told.err == "b.png: RuntimeError: out of memory\n"
    assert told.out == f"2 of 3 images recorded in {device / 'dump'}\n"


def test_failure__keeps_the_steps_before_it(device: Path) -> None:
    write_settings(device, fit="crop")
    document = json.loads((device / "collect.json").read_text(encoding="utf-8"))
    document["preprocess"]["std"] = ["a"]
    (device / "collect.json").write_text(json.dumps(document), encoding="utf-8")
    assert run_collector(device) == 1
    assert {
        f"a.png.{step}"
        for step in (
            "decoded.npy",
            "image.npy",
            "mode.txt",
            "resized.npy",
            "received.bin",
            "failure.txt",
        )
    } == {name for name in files(device) if name.startswith("a.png.")}


def test_failure__names_no_address_in_memory(device: Path) -> None:
    (device / "golden" / "a.png").write_bytes(b"no image")
    run_collector(device)
    assert dumped(device)["a.png.failure.txt"] == (
        "UnidentifiedImageError: cannot identify image file <_io.BytesIO object>"
    )


def test_failure__is_tried_again(device: Path) -> None:
    content = (device / "golden" / "a.png").read_bytes()
    (device / "golden" / "a.png").write_bytes(b"no image")
    assert run_collector(device) == 1
    (device / "golden" / "a.png").write_bytes(content)
    assert run_collector(device) == 0
    assert "a.png.failure.txt" not in files(device)
    assert dumped(device)["a.png.received.bin"] == content


# Interrupted


class Stop:
    """Interrupts the n-th call of a function."""

    def __init__(self, function: Any, at: int, error: BaseException) -> None:
        self.function = function
        self.at = at
        self.error = error
        self.calls = 0

    def __call__(self, *arguments: Any) -> Any:
        self.calls += 1
        if self.calls == self.at:
            raise self.error
        return self.function(*arguments)


@pytest.mark.parametrize("write", range(1, 4 + 2 * len(OWN)))
def test_interrupted__anywhere_goes_on_to_the_same_dump(
    device: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], write: int
) -> None:
    run_collector(device)
    whole = contents(device)
    (device / "dump").rename(device / "whole")
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", Stop(os.fsync, write, KeyboardInterrupt()))
        assert run_collector(device) == 130
    assert "interrupted: the same command goes on from here" in capsys.readouterr().err
    assert run_collector(device) == 0
    assert whole == contents(device)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but the environment, which has a date."""
    paths = {path.name: path for path in (folder / "dump").iterdir()}
    del paths["environment.json"]
    return {name: path.read_bytes() for name, path in paths.items()}


def test_again__records_nothing_that_is_recorded(
    device: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_collector(device)
    monkeypatch.setattr(collect, "record", None)
    assert run_collector(device) == 0


def test_again__keeps_the_date_of_the_beginning(device: Path) -> None:
    run_collector(device)
    path = device / "dump" / "environment.json"
    noted = json.loads(path.read_text(encoding="utf-8")) | {"created": "2020-01-01T00:00:00+00:00"}
    path.write_text(json.dumps(noted), encoding="utf-8")
    assert run_collector(device) == 0
    assert json.loads(path.read_text(encoding="utf-8")) == noted


def test_again__with_other_settings_is_refused(
    device: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_collector(device)
    capsys.readouterr()
    write_settings(device, fit="crop")
    assert run_collector(device) == 2
    assert capsys.readouterr().err == (
        f"error: {device / 'dump'} was begun with another collector: name another folder, or "
        "remove it\n"
    )


def test_again__with_another_pillow_is_refused(
    device: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_collector(device)
    monkeypatch.setattr("PIL.__version__", "6.0.0")
    assert run_collector(device) == 2
    assert "was begun with another pillow" in capsys.readouterr().err


def test_disk__that_is_full_is_told(
    device: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr("os.fsync", Stop(os.fsync, 5, full))
    assert run_collector(device) == 2
    assert capsys.readouterr().err == (
        "error: [Errno 28] No space left on device; then run the same command again\n"
    )


# Settings and environment


def test_settings__that_are_missing_are_asked_for(
    device: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (device / "collect.json").unlink()
    assert run_collector(device) == 2
    assert capsys.readouterr().err == (
        f"error: there is no {device / 'collect.json'}: copy it too, `ml-ci collect` wrote it "
        "beside collect.py\n"
    )


def test_settings__of_another_version_are_refused(
    device: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (device / "collect.json").write_text('{"schema_version": 2}', encoding="utf-8")
    assert run_collector(device) == 2
    assert "collect.py and collect.json are of two versions: copy both again" in (
        capsys.readouterr().err
    )


def test_settings__that_are_damaged_are_told(
    device: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (device / "collect.json").write_text('{"schema_version', encoding="utf-8")
    assert run_collector(device) == 2
    assert capsys.readouterr().err == (
        f"error: {device / 'collect.json'} is damaged (Unterminated string starting at: line 1 "
        "column 2 (char 1)): copy it again, or remove it\n"
    )


def test_environment__has_the_names_and_values_of_the_package() -> None:
    here = this_environment(threads=None).as_strings()
    found = collect.environment()
    found.pop("created")
    assert found == {name: here[name] for name in found}
    assert {"system", "machine", "python", "numpy", "pillow", "pillow jpg", "pillow zlib"} <= set(
        found
    )
    assert {name for name in here if name.startswith("pillow")} - set(found) <= {
        "pillow libtiff",
        "pillow littlecms2",
        "pillow avif",
    }


def test_environment__says_how_it_was_collected(device: Path) -> None:
    run_collector(device, "--network", "device:logits")
    about = json.loads(dumped(device)["environment.json"])["collector"]
    assert about.startswith("settings ")
    assert about.endswith(", climb of collect.py, network device:logits")
