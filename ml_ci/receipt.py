"""A receipt: the hashes of a stage's inputs, the only DVC output of a stage that measures.

What a machine measured must not be reported as measured on another one, and dvc.lock must not
change because somebody has another CPU. So measurements lie in ignored folders, and DVC sees only
this small file, which is the same on every machine. It is not cached: a fresh clone has none and
therefore measures everything itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_bytes, sha256_of_path, write_text
from ml_ci.errors import UserError
from ml_ci.params.reading import read_plain

VALIDATE = "validate"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """The receipt of one run of a stage; written last, when everything measured is in place."""

    stage: str
    text: str

    @classmethod
    def of(cls, stage: str) -> Receipt:
        """From the inputs dvc.yaml declares for ``stage``. Raises UserError when one is missing."""
        content = {"stage": stage, "inputs": _declared_inputs(stage)}
        return cls(stage=stage, text=json.dumps(content, indent=2) + "\n")

    @property
    def sha256(self) -> str:
        """What a measurement names this run by."""
        return sha256_of_bytes(self.text.encode("utf-8"))

    def write(self) -> None:
        """Put it where DVC looks for the stage's output."""
        write_text(receipt_path(self.stage), self.text)


def measuring_stages() -> dict[str, tuple[str, ...]]:
    """Every stage that has a receipt and reads others' → those others, in the order of dvc.yaml.

    `validate` is none: what it leaves is the same on every run, and nothing is measured in it.
    """
    stages = read_plain(paths.PIPELINE)["stages"]
    with_receipt = {
        stage: receipt_path(stage).as_posix()
        for stage, definition in stages.items()
        if any(receipt_path(stage).as_posix() in output for output in definition["outs"])
        and stage != VALIDATE
    }
    return {
        stage: tuple(other for other, path in with_receipt.items() if path in stages[stage]["deps"])
        for stage in with_receipt
    }


def receipt_path(stage: str) -> Path:
    """``receipts/<stage>.json``."""
    return paths.RECEIPTS / f"{stage}.json"


def current_receipt(stage: str) -> str | None:
    """SHA-256 of the receipt on disk, None when the stage has not run here."""
    path = receipt_path(stage)
    return sha256_of_path(path) if path.is_file() else None


def _declared_inputs(stage: str) -> dict[str, str]:
    """SHA-256 of every dependency and every params section the stage declares in dvc.yaml."""
    definition = read_plain(paths.PIPELINE)["stages"][stage]
    params = read_plain(paths.PARAMS)
    inputs = {}
    for name in definition["deps"]:
        if not Path(name).exists():
            raise UserError(
                what=f"the input `{name}` of the stage `{stage}` is missing",
                where=str(paths.PIPELINE),
                fix="run `dvc pull`, then `dvc repro`",
            )
        inputs[name] = sha256_of_path(Path(name))
    for section in definition.get("params", []):
        content = json.dumps(params[section], sort_keys=True)
        inputs[f"{paths.PARAMS}:{section}"] = sha256_of_bytes(content.encode("utf-8"))
    return inputs
