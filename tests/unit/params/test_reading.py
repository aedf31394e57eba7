"""What a person reads when params.yaml is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.errors import CombinedUserError, UserError
from ml_ci.params.everything import SECTIONS, check_params
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import plain, read_document, read_plain, read_section
from ml_ci.params.train import TrainSettings
from tests.builders.params import PARAMS


def written(folder: Path, text: str = PARAMS) -> Path:
    path = folder / "params.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def changed(folder: Path, before: str, after: str) -> Path:
    assert before in PARAMS
    return written(folder, PARAMS.replace(before, after, 1))


def line_of(path: Path, text: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize("section", SECTIONS, ids=lambda kind: kind.section)
def test_read_section__reads_every_section(
    section: type[PreprocessSettings], tmp_path: Path
) -> None:
    assert section.section == read_section(section, written(tmp_path)).section


def test_read_section__names_a_misspelt_key_with_its_line(tmp_path: Path) -> None:
    path = changed(tmp_path, "  filter: bilinear", "  filer: bilinear")

    with pytest.raises(CombinedUserError) as caught:
        read_section(PreprocessSettings, path)

    unknown = next(p for p in caught.value.problems if p.what == "unknown key `preprocess.filer`")
    assert f"{path}:{line_of(path, 'filer')}" == unknown.where


def test_read_section__names_a_missing_key(tmp_path: Path) -> None:
    path = changed(tmp_path, "  filter: bilinear", "  # filter:")

    with pytest.raises(UserError) as caught:
        read_section(PreprocessSettings, path)

    assert "the key `preprocess.filter` is missing" == caught.value.what


def test_read_section__says_what_was_expected(tmp_path: Path) -> None:
    path = changed(tmp_path, "  filter: bilinear", "  filter: lanczos")

    with pytest.raises(UserError) as caught:
        read_section(PreprocessSettings, path)

    assert (
        caught.value.what,
        caught.value.fix,
    ) == ("`preprocess.filter` is 'lanczos'", "expected: 'bilinear' or 'bicubic'")


def test_read_section__refuses_a_number_in_quotes(tmp_path: Path) -> None:
    path = changed(tmp_path, "  seed: 7", "  seed: '7'")

    with pytest.raises(UserError, match=r"`train\.seed` is '7'"):
        read_section(TrainSettings, path)


def test_read_section__refuses_an_impossible_combination(tmp_path: Path) -> None:
    path = changed(tmp_path, "  channels: 3 ", "  channels: 1 ")

    with pytest.raises(UserError, match="`mean` with 1 value"):
        read_section(PreprocessSettings, path)


def test_read_section__names_a_missing_section(tmp_path: Path) -> None:
    path = changed(tmp_path, "\ntrain:", "\ntrian:")

    with pytest.raises(UserError) as caught:
        read_section(TrainSettings, path)

    assert "the section `train` is missing" == caught.value.what


def test_read_section__names_broken_yaml(tmp_path: Path) -> None:
    path = changed(tmp_path, "[32, 28]", "[32, 28")

    with pytest.raises(UserError, match="is not valid YAML"):
        read_section(PreprocessSettings, path)


def test_read_section__names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is missing"):
        read_section(PreprocessSettings, tmp_path / "params.yaml")


def test_read_section__of_a_file_that_changed_is_read_anew(tmp_path: Path) -> None:
    first = read_section(TrainSettings, written(tmp_path)).seed
    second = read_section(TrainSettings, changed(tmp_path, "  seed: 7", "  seed: 8")).seed

    assert (7, 8) == (first, second)


def test_read_document__is_parsed_once(tmp_path: Path) -> None:
    path = written(tmp_path)

    assert read_document(path) is read_document(path)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PARAMS, id="params"),
        pytest.param(Path("dvc.yaml").read_text(encoding="utf-8"), id="pipeline"),
        pytest.param("a: 1e-3\nb: 1_000\nc: 0x1f\nd: 0o17\ne: .5\nf: -.inf", id="numbers"),
        pytest.param("a: yes\nb: true\nc: ~\nd: 012\ne: 1:30\nf: '1'", id="almost-numbers"),
        pytest.param("a: &x {b: &y true}\nc: *x\nd: {<<: *x}\n7: f", id="anchors"),
        pytest.param("a: |\n  two\n  lines\nb: >-\n  one\n  line\n", id="texts"),
    ],
)
def test_read_plain__is_what_the_parser_with_line_numbers_finds(text: str, tmp_path: Path) -> None:
    path = written(tmp_path, text)

    assert repr(plain(read_document(path))) == repr(read_plain(path))


def test_read_plain__names_the_line_of_broken_yaml(tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\nb: [1\n")

    with pytest.raises(UserError) as caught:
        read_plain(path)

    assert ("is not valid YAML" in caught.value.what, f"{path}:3") == (True, caught.value.where)


def test_read_plain__of_a_list_says_that_there_are_no_sections(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no sections"):
        read_plain(written(tmp_path, "- a\n"))


def test_check_params__reports_everything_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = changed(tmp_path, "\ntrain:", "\ntrian:")
    path.write_text(path.read_text(encoding="utf-8").replace("seed: 7", "seed: x"))
    monkeypatch.chdir(tmp_path)

    with pytest.raises(CombinedUserError) as caught:
        check_params()

    assert [problem.what for problem in caught.value.problems] == [
        "unknown section `trian`",
        "the section `train` is missing",
    ]
