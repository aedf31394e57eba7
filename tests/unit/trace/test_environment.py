"""The environment: what it names on machines of several kinds, and what it must not import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ml_ci.data.probes import decoder_probes
from ml_ci.environment import this_environment

INTEL = """processor\t: 0
model name\t: Some CPU @ 2 GHz
flags\t\t: fpu avx2 sse4_1 ht

processor\t: 1
model name\t: other
"""
ARM = "processor\t: 0\nFeatures\t: fp asimd evtstrm\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n"


@pytest.mark.parametrize(
    ("text", "processor", "instruction_sets"),
    [
        pytest.param(INTEL, "Some CPU @ 2 GHz", ("avx2", "sse4_1"), id="Intel"),
        pytest.param(ARM, "0x41 0xd0c", ("asimd",), id="Arm"),
    ],
)
def test_this_environment__reads_cpuinfo(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    processor: str,
    instruction_sets: tuple[str, ...],
) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    monkeypatch.setattr("ml_ci.environment.CPUINFO", tmp_path / "cpuinfo")
    environment = this_environment(threads=1)
    assert (environment.processor, environment.instruction_sets) == (processor, instruction_sets)


def test_this_environment__without_cpuinfo_asks_the_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml_ci.environment.CPUINFO", tmp_path / "nothing")
    monkeypatch.setattr("platform.processor", lambda: "arm")
    assert this_environment(threads=1).processor == "arm"


def test_this_environment__is_the_same_twice() -> None:
    assert this_environment(threads=2) == this_environment(threads=2)


@pytest.mark.parametrize("name", ["numpy", "pillow", "onnxruntime", "pillow libjpeg_turbo"])
def test_as_strings__names_the_version_of(name: str) -> None:
    assert this_environment(threads=2).as_strings()[name][0].isdigit()


def test_as_strings__leaves_out_what_is_unknown() -> None:
    assert "threads" not in this_environment(threads=None).as_strings()


def test_this_environment__names_torch_when_asked() -> None:
    assert "torch" in this_environment(threads=1, torch=True).libraries


def test_this_environment__imports_neither_torch_nor_onnxruntime_nor_pydantic() -> None:
    code = (
        "import sys; from ml_ci.environment import this_environment; "
        "found = this_environment(threads=1); "
        "print({'torch', 'onnxruntime', 'pydantic'} & sys.modules.keys(), found.libraries.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("set() dict_keys(['numpy', 'pillow', 'onnxruntime', 'pillow ")


def test_onnx_runtime__writes_nothing_to_the_home_folder(tmp_path: Path) -> None:
    code = "from ml_ci.onnx_runtime import onnxruntime; onnxruntime.SessionOptions()"
    subprocess.run([sys.executable, "-c", code], env={"HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.rglob("*")) == []


def test_as_strings__tells_what_its_decoders_make_of_the_probes() -> None:
    entries = this_environment(threads=1).as_strings()
    assert dict(decoder_probes()) == {
        name: value for name, value in entries.items() if name.startswith("probe ")
    }
