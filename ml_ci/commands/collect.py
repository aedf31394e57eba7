"""`ml-ci collect`: the file that makes a dump on a device, and the settings it needs there."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import json_text, write_together
from ml_ci.artifacts.model_card import CARD_FILE, ModelCard
from ml_ci.collector.collect import SCHEMA_VERSION
from ml_ci.data.samples import class_names
from ml_ci.errors import EXIT_PASS, UserError
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section

SOURCE = Path(__file__).parents[1] / "collector" / "collect.py"


def write_collector(output: Path | None, console: Console) -> int:
    """Write the collector to ``output`` and its settings beside it; without one print it alone."""
    source = SOURCE.read_text(encoding="utf-8")
    if output is None:
        print(source, end="")
        return EXIT_PASS
    if output.suffix != ".py":
        raise UserError(
            what=f"{output} is no name of a Python file",
            where="--output",
            fix="name the file that is copied to the device, `--output collect.py`",
        )
    settings = output.with_suffix(".json")
    write_together(
        {output: source.encode("utf-8"), settings: json_text(_settings()).encode("utf-8")}
    )
    console.print(
        f"copy {output} and {settings} and {paths.GOLDEN} to the device; "
        f"`python3 {output.name} --help` there says the rest",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    return EXIT_PASS


def _settings() -> dict[str, object]:
    """What the collector has to know of params.yaml and of the model."""
    return {
        "schema_version": SCHEMA_VERSION,
        "preprocess": read_section(PreprocessSettings).model_dump(),
        "class_names": _class_names(),
    }


def _class_names() -> list[str] | None:
    """In the order of the logits; None where neither model nor data are here yet.

    A collector without them writes a class's number, which is understood as well.
    """
    model = read_section(ModelSettings)
    folder = paths.model_folder(model.name, model.version)
    if (folder / CARD_FILE).is_file():
        return list(ModelCard.load(folder).class_names)
    return list(class_names(paths.TRAIN)) or None
