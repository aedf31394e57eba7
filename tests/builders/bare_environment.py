"""A virtual environment with numpy and Pillow and nothing else, made without a network."""

from __future__ import annotations

import importlib.util
import venv
from pathlib import Path

PACKAGES = ("numpy", "PIL")


def make_bare_environment(folder: Path) -> Path:
    """Its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        installed = Path(spec.origin).parent
        # With the shared libraries that their wheels bring
        for part in (installed, *installed.parent.glob(f"{_wheel(package)}.libs")):
            (site / part.name).symlink_to(part)
    return folder / "bin" / "python"


def _wheel(package: str) -> str:
    return {"PIL": "pillow"}.get(package, package)
