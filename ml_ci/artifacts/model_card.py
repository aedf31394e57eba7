"""model.json: what the exported files are, readable without ONNX."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from ml_ci.artifacts.files import write_json
from ml_ci.artifacts.record import Record
from ml_ci.errors import UserError

CARD_FILE = "model.json"


class ModelCard(Record):
    """Beside the exported model, in ``models/<name>/<version>/``."""

    name: str
    version: int
    class_names: tuple[str, ...]
    """In the order of the logits."""
    model_sha256: str
    network_sha256: str
    weights_sha256: str

    def save(self, folder: Path) -> None:
        """Write as JSON into the model's folder."""
        write_json(folder / CARD_FILE, self.model_dump(mode="json"))

    @classmethod
    def load(cls, folder: Path) -> ModelCard:
        """Read what ``save`` wrote. Raises UserError when it is something else."""
        path = folder / CARD_FILE
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise UserError(
                what=f"the model's card cannot be read: {error}",
                where=str(path),
                fix="run `dvc repro export`, which writes it",
            ) from None
