"""The server's settings: which model, how images are decoded, and what a request may be."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml_ci.artifacts.files import write_json
from ml_ci.data.decode import DecodeRule
from ml_ci.errors import UserError

READY = "/healthz"
"""The path that answers 200 once the model is loaded."""
TRACE_SWITCH = "ML_CI_TRACE"
"""Environment variable; ``on`` makes the trace routes exist."""


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """``serving.json``; whether the trace route exists is not in it but in the environment, so
    that what is tested and what is shipped are the same files."""

    model: str
    version: int | None
    """None takes the highest."""
    rule: DecodeRule
    body_bytes: int
    """Largest request body."""
    instances: int
    """Most images in one request."""
    threads: int
    """ONNX Runtime threads of one request."""

    def save(self, path: Path) -> None:
        """Write as JSON."""
        document = {
            "model": self.model,
            "version": self.version,
            "decode_rule": json.loads(self.rule.to_json()),
            "body_bytes": self.body_bytes,
            "instances": self.instances,
            "threads": self.threads,
        }
        write_json(path, document)

    @classmethod
    def load(cls, path: Path) -> ServerSettings:
        """Read what ``save`` wrote. Raises UserError naming what is wrong with it."""
        try:
            return _from_json(json.loads(path.read_text(encoding="utf-8")))
        except KeyError as error:
            what = f"the server's settings lack {error}"
        except (OSError, ValueError, TypeError) as error:
            what = f"the server's settings cannot be read: {error}"
        raise UserError(
            what=what,
            where=str(path),
            fix="run `dvc repro image`, which writes it, or correct it by hand",
        )


def _from_json(document: dict[str, Any]) -> ServerSettings:
    numbers = {key: _positive(key, document[key]) for key in ("body_bytes", "instances", "threads")}
    version = document["version"]
    if not isinstance(document["model"], str):
        raise TypeError("`model` is no string")
    return ServerSettings(
        model=document["model"],
        version=None if version is None else _positive("version", version),
        rule=DecodeRule.from_json(json.dumps(document["decode_rule"])),
        **numbers,
    )


def _positive(key: str, value: object) -> int:
    if type(value) is not int or value < 1:
        raise ValueError(f"`{key}` is {value!r}, expected a whole number from 1 on")
    return value
