"""The environment: what of this machine can move a result, and which versions run on it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from PIL import features

from ml_ci.data.probes import decoder_probes

CPUINFO = Path("/proc/cpuinfo")
# Those that numerical libraries choose their code paths by; cpuinfo lists about a hundred more.
INSTRUCTION_SETS = frozenset(
    {"sse4_1", "sse4_2", "avx", "avx2", "fma", "f16c", "avx_vnni"}
    | {"avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16"}
    | {"amx_tile", "amx_int8", "amx_bf16"}
    | {"asimd", "asimdhp", "asimddp", "fphp", "sve", "sve2", "i8mm", "bf16"}
)
# What decodes images inside Pillow: a newer one may give other pixels.
PILLOW_PARTS = ("libjpeg_turbo", "jpg", "zlib", "zlib_ng", "webp", "libtiff", "littlecms2", "avif")
PACKAGES = ("numpy", "pillow", "onnxruntime")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What this machine and its packages are; two equal ones are expected to compute alike."""

    system: str
    """Operating system and its release, without the kernel's build."""
    machine: str
    """Architecture as ``uname -m`` prints it."""
    processor: str
    """Model name of the CPU."""
    instruction_sets: tuple[str, ...]
    """The relevant ones, sorted; empty where the system does not tell."""
    python: str
    libc: str
    """Its mathematics library is behind exp() and its like; empty where unknown."""
    libraries: dict[str, str]
    """Version by name: packages, and the decoders inside Pillow."""
    threads: int | None
    """Compute threads, None when nothing fixes their number."""
    probes: Mapping[str, str]
    """What its decoders make of fixed pictures, see ``ml_ci.data.probes``."""

    def as_strings(self) -> dict[str, str]:
        """Flat name → value, the form traces and reports keep."""
        values = {
            "system": self.system,
            "machine": self.machine,
            "processor": self.processor,
            "instruction sets": " ".join(self.instruction_sets),
            "python": self.python,
            "libc": self.libc,
            **self.libraries,
            "threads": "" if self.threads is None else str(self.threads),
            **self.probes,
        }
        return {name: value for name, value in values.items() if value}


def this_environment(*, threads: int | None, torch: bool = False) -> Environment:
    """The environment of this process.

    torch is named only with ``torch=True`` or when it is imported already: a server without it
    must not load it to find out. Versions are read from package metadata, nothing is imported.
    """
    cpu = _cpuinfo()
    flags = set((cpu.get("flags") or cpu.get("Features") or "").split())
    return Environment(
        system=_system(),
        machine=platform.machine(),
        processor=_processor(cpu),
        instruction_sets=tuple(sorted(flags & INSTRUCTION_SETS)),
        python=platform.python_version(),
        libc=" ".join(platform.libc_ver()).strip(),
        libraries=_libraries(torch=torch or "torch" in sys.modules),
        threads=threads,
        probes=decoder_probes(),
    )


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}".strip()


def _processor(cpu: dict[str, str]) -> str:
    """Arm's cpuinfo has no model name, only the numbers of implementer and part."""
    numbers = [cpu[key] for key in ("CPU implementer", "CPU part") if key in cpu]
    return cpu.get("model name") or " ".join(numbers) or platform.processor()


def _cpuinfo() -> dict[str, str]:
    """The fields of the first processor; empty on systems without /proc/cpuinfo."""
    try:
        first = CPUINFO.read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _libraries(*, torch: bool) -> dict[str, str]:
    names = (*PACKAGES, "torch") if torch else PACKAGES
    versions = {name: _installed(name) for name in names}
    versions |= {f"pillow {name}": _pillow_part(name) for name in PILLOW_PARTS}
    return {name: version for name, version in versions.items() if version}


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _pillow_part(name: str) -> str:
    """The version as text, empty where this build of Pillow has none."""
    if not features.check(name):
        return ""
    return str(features.version(name) or "present")
