"""A checkout with a pipeline of four stages, and what CI measured of it; DVC never runs.

Both are made of two bytes strings: the weights the checkout has, and those CI trained.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ml_ci.artifacts.inputs import CommittedInputs, StageInputs
from ml_ci.base.storage import Storage
from ml_ci.errors import UserError
from ml_ci.repository import Repository
from tests.builders.datasets import put

PIPELINE = """\
stages:
  train: {cmd: python train.py, deps: [train.py], params: [train], outs: [trained]}
  export: {cmd: python export.py, deps: [trained/weights.safetensors], outs: [models]}
  evaluate: {cmd: python e.py, deps: [trained], outs: [receipts/evaluate.json: {cache: false}]}
  reference: {cmd: python r.py, deps: [models], outs: [receipts/reference.json: {cache: false}]}
"""
PARAMS = "train: {epochs: 4}\n"
OURS, THEIRS = b"weights of the laptop", b"weights of CI"
CONFIG = b"[core]\n    remote = r\n['remote \"r\"']\n    url = ../dvc-remote\n"
IGNORED = b"/trained\n/models\n/receipts\n/.ml-ci\n/.dvc/cache\n/dvc-remote\n"


@dataclass(kw_only=True)
class FakeDvc:
    """Checks out from the cache what dvc.lock says; fails, or is interrupted, where told to."""

    storage: Storage
    stop_at: str = ""
    """The command that does not end well."""
    error: type[BaseException] = UserError

    def __post_init__(self) -> None:
        self.calls: list[str] = []
        self.completed: dict[str, Path] = {}
        """What was to be in the remote at last."""

    def complete(self, objects: Mapping[str, Path]) -> None:
        """The remote lacks nothing."""
        self.completed = dict(objects)

    def __call__(self, *arguments: str) -> None:
        self.calls.append(" ".join(arguments))
        if arguments[0] == self.stop_at:
            self.stop_at = ""
            if self.error is UserError:
                raise UserError(what=f"{arguments[0]} failed", where="dvc", fix="none")
            raise self.error
        if arguments[0] == "checkout":
            lock = Path("dvc.lock").read_text(encoding="utf-8")
            content = OURS if md5(OURS) in lock else THEIRS
            put(Path("trained/weights.safetensors"), content)


def make_checkout(folder: Path, *, params: str = PARAMS) -> None:
    """A git repository at ``folder``, committed, whose weights are OURS."""
    put(folder / "dvc.yaml", PIPELINE.encode())
    put(folder / "params.yaml", params.encode())
    put(folder / "train.py", b"print('training')\n")
    put(folder / ".gitignore", IGNORED)
    put(
        folder / ".dvc/config",
        b"[core]\n    remote = r\n['remote \"r\"']\n    url = ../dvc-remote\n",
    )
    put(folder / "trained/weights.safetensors", OURS)
    for name, content in measured(OURS).items():
        if name.startswith("cache/"):
            put(folder / ".dvc" / name, content)
        elif name != "meta.json":
            put(folder / name, content)
    git(folder, "init", "--quiet")
    commit(folder)


def measured(weights: bytes, *, commit: str = "0" * 40, accuracy: float = 0.9) -> dict[str, bytes]:
    """The files of a package: what a run with these weights measures."""
    trained = {"weights.safetensors": weights}
    models = {"m/1/model.onnx": b"model of " + weights}
    metrics = _metrics(weights, accuracy)
    files = {
        "meta.json": json.dumps({"schema_version": 1, "commit": commit}).encode(),
        "dvc.lock": _lock(trained, models).encode(),
        **metrics,
    }
    for folder in (trained, models):
        for content in (*folder.values(), listing(folder)):
            name = md5(content) + (".dir" if content == listing(folder) else "")
            files[f"cache/files/md5/{name[:2]}/{name[2:]}"] = content
    return files


def write_package(folder: Path, files: dict[str, bytes]) -> Path:
    """The files as a folder."""
    for name, content in files.items():
        put(folder / name, content)
    return folder


def commit(folder: Path) -> str:
    """Commit everything; returns the commit."""
    git(folder, "add", "--all")
    identity = ("-c", "user.name=t", "-c", "user.email=t@t")
    git(folder, *identity, "commit", "--quiet", "--allow-empty", "--message", "x")
    return git(folder, "rev-parse", "HEAD").strip()


def git(folder: Path, *arguments: str) -> str:
    """What git says."""
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def state_of(folder: Path) -> dict[str, bytes]:
    """Every file of a checkout, but git's own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def here() -> tuple[Repository, Storage]:
    """The working folder, as the commands see it."""
    return Repository(), Storage.of(Path())


def listing(folder: dict[str, bytes]) -> bytes:
    """DVC's object of a folder."""
    entries = [{"md5": md5(content), "relpath": name} for name, content in sorted(folder.items())]
    return json.dumps(entries).encode()


def md5(content: bytes) -> str:
    """Hex MD5."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def receipt(stage: str, weights: bytes) -> str:
    """What stands for the receipt's MD5."""
    return md5(stage.encode() + weights)


def _lock(trained: dict[str, bytes], models: dict[str, bytes]) -> str:
    weights = trained["weights.safetensors"]
    dirs = {"trained": f"{md5(listing(trained))}.dir", "models": f"{md5(listing(models))}.dir"}
    stages = {
        "train": (
            "python train.py",
            {"train.py": md5(b"print('training')\n")},
            {"trained": dirs["trained"]},
        ),
        "export": (
            "python export.py",
            {"trained/weights.safetensors": md5(weights)},
            {"models": dirs["models"]},
        ),
        "evaluate": (
            "python e.py",
            {"trained": dirs["trained"]},
            {"receipts/evaluate.json": receipt("evaluate", weights)},
        ),
        "reference": (
            "python r.py",
            {"models": dirs["models"]},
            {"receipts/reference.json": receipt("reference", weights)},
        ),
    }
    document = {
        name: {
            "cmd": command,
            "deps": _entries(deps),
            **({"params": {"params.yaml": {"train": {"epochs": 4}}}} if name == "train" else {}),
            "outs": _entries(outs),
        }
        for name, (command, deps, outs) in stages.items()
    }
    # JSON is YAML; DVC itself writes another style, which nobody here looks at
    return json.dumps({"schema": "2.0", "stages": document}, indent=1) + "\n"


def _entries(hashes: dict[str, str]) -> list[dict[str, object]]:
    return [{"path": path, "hash": "md5", "md5": md5, "size": 1} for path, md5 in hashes.items()]


def _metrics(weights: bytes, accuracy: float) -> dict[str, bytes]:
    sha256 = hashlib.sha256(weights).hexdigest()
    files = {
        "metrics/metrics.json": json.dumps({"accuracy": accuracy}).encode(),
        "metrics/predictions.csv": b"image,label,predicted,confidence\na.png,a,a,0.9\n",
        "metrics/golden.json": json.dumps(
            {"weights_sha256": sha256, "decimals": 6, "images": {}}
        ).encode(),
    }
    written = {
        "evaluate": ("metrics/metrics.json", "metrics/predictions.csv"),
        "reference": (),  # golden answers may have been accepted since
    }
    noted = {
        stage: StageInputs(
            receipt_md5=receipt(stage, weights),
            files={name: hashlib.sha256(files[name]).hexdigest() for name in names},
        )
        for stage, names in written.items()
    }
    inputs = CommittedInputs(noted).model_dump_json().encode()
    return {**files, "metrics/inputs.json": inputs}
