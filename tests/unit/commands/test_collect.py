"""`ml-ci collect`: the collector and its settings, as params.yaml and the model have them."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from ml_ci.artifacts import paths
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.collector import collect
from ml_ci.commands.collect import write_collector
from ml_ci.errors import UserError
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from tests.builders.params import PARAMS

SOURCE = Path(collect.__file__).read_text(encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository before anything was run."""
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS, encoding="utf-8")
    return tmp_path


def written(output: Path) -> str:
    """What the command says while it writes."""
    stream = io.StringIO()
    assert write_collector(output, Console(file=stream, width=80)) == 0
    return stream.getvalue()


def settings() -> dict[str, object]:
    found: dict[str, object] = json.loads(Path("collect.json").read_text(encoding="utf-8"))
    return found


def save_card(*class_names: str) -> None:
    card = ModelCard(
        name="shapes",
        version=1,
        class_names=class_names,
        model_sha256="0" * 64,
        network_sha256="1" * 64,
        weights_sha256="2" * 64,
    )
    card.save(paths.model_folder(card.name, card.version))


def test_collect__without_output_prints_the_file(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert write_collector(None, Console()) == 0
    assert SOURCE == capsys.readouterr().out
    assert ["params.yaml"] == [path.name for path in project.iterdir()]


def test_collect__writes_the_file_and_its_settings(project: Path) -> None:
    assert written(Path("collect.py")) == (
        "copy collect.py and collect.json and data/golden to the device; "
        "`python3 collect.py --help` there says the rest\n"
    )
    assert SOURCE == Path("collect.py").read_text(encoding="utf-8")
    assert settings()["preprocess"] == read_section(PreprocessSettings).model_dump()
    assert settings()["schema_version"] == collect.SCHEMA_VERSION


def test_collect__has_the_classes_of_the_model(project: Path) -> None:
    save_card("zebra", "ant")
    (paths.TRAIN / "ant").mkdir(parents=True)
    written(Path("collect.py"))
    assert settings()["class_names"] == ["zebra", "ant"]


def test_collect__has_the_classes_of_the_data_before_there_is_a_model(project: Path) -> None:
    for name in ("zebra", "ant"):
        (paths.TRAIN / name).mkdir(parents=True)
    written(Path("collect.py"))
    assert settings()["class_names"] == ["ant", "zebra"]


def test_collect__has_no_classes_before_there_is_anything(project: Path) -> None:
    written(Path("collect.py"))
    assert settings()["class_names"] is None


def test_collect__names_the_settings_after_the_file(project: Path) -> None:
    written(Path("device/phone.py"))
    assert {"phone.py", "phone.json"} == {path.name for path in Path("device").iterdir()}


def test_collect__asks_for_the_name_of_a_python_file(project: Path) -> None:
    with pytest.raises(UserError) as caught:
        write_collector(Path("device"), Console())
    assert caught.value.what == "device is no name of a Python file"
    assert caught.value.where == "--output"


def test_settings__have_every_key_that_the_collector_reads(project: Path) -> None:
    named = set(PreprocessSettings.model_fields)
    assert set() == {key for key in named if f'"{key}"' not in SOURCE}
