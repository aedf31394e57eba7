"""`ml-ci repro` with a params.yaml it cannot use: what it says, and that it touches nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from ml_ci.commands.repro import main_job
from ml_ci.errors import exit_code_of

SHIPPED = Path("params.yaml").resolve().read_text(encoding="utf-8")
# What is changed into what, and the whole message with the line of the change or of its section.
FAULTS = {
    "missing": (
        "  seed: 7\n",
        "  # no seed\n",
        "the key `train.seed` is missing\n"
        "  where: params.yaml:{section}\n"
        "  fix:   add `seed:`; every key has to be there, nothing is assumed",
    ),
    "misspelt": (
        "  min_golden: 48",
        "  min_goldn: 48",
        "2 problems\n"
        "the key `data.min_golden` is missing\n"
        "  where: params.yaml:{section}\n"
        "  fix:   add `min_golden:`; every key has to be there, nothing is assumed\n"
        "unknown key `data.min_goldn`\n"
        "  where: params.yaml:{line}\n"
        "  fix:   remove it or correct its spelling; known: min_train_per_class, "
        "min_test_per_class, min_golden",
    ),
    "wrong-type": (
        "  seed: 7",
        "  seed: seven",
        "`train.seed` is 'seven'\n  where: params.yaml:{line}\n  fix:   expected: a valid integer",
    ),
    "not-a-choice": (
        "  filter: bilinear",
        "  filter: lanczos",
        "`preprocess.filter` is 'lanczos'\n"
        "  where: params.yaml:{line}\n"
        "  fix:   expected: 'bilinear' or 'bicubic'",
    ),
    "out-of-range": (
        "shift: 0.15",
        "shift: 0.75",
        "`train.augmentation.shift` is 0.75\n"
        "  where: params.yaml:{line}\n"
        "  fix:   expected: less than or equal to 0.5",
    ),
    "unknown-section": (
        "\nreplay:",
        "\nraplay: {}\nreplay:",
        "unknown section `raplay`\n"
        "  where: params.yaml:{line}\n"
        "  fix:   remove it or correct its spelling; known: base, compute, container, data, "
        "diagnosis, evaluate, forks, gate, golden, limits, model, preprocess, replay, serving, "
        "targets, train",
    ),
}


def refused(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Exit code and message of the main job."""
    (folder / "params.yaml").write_text(text, encoding="utf-8")
    code = exit_code_of(lambda: main_job(Console()))
    return code, capsys.readouterr().err


def place(text: str, part: str) -> dict[str, int]:
    """The line of ``part``, and that of the section it stands in."""
    above = text[: text.index(part.strip())].splitlines()
    sections = [number for number, line in enumerate(above, 1) if line[:1].isalpha()]
    return {"line": text[: text.index(part.strip())].count("\n") + 1, "section": sections[-1]}


@pytest.fixture(autouse=True)
def _scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("fault", FAULTS)
def test_repro__bad_setting(fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after, message = FAULTS[fault]
    assert before in SHIPPED
    text = SHIPPED.replace(before, after, 1)

    told = refused(tmp_path, text, capsys)

    assert (2, f"error: {message.format(**place(text, after))}\n") == told
    assert ["params.yaml"] == [path.name for path in tmp_path.iterdir()]


def test_repro__impossible_combination(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = SHIPPED.replace("  channels: 3 ", "  channels: 1 ")

    code, told = refused(tmp_path, text, capsys)

    expected = (
        "  fix:   expected: `mean` with 1 value(s), one per channel of `channels`; it has 3\n"
    )
    assert (2, True) == (code, told.endswith(expected)), told


def test_repro__no_params(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = exit_code_of(lambda: main_job(Console()))

    message = (
        f"error: params.yaml is missing\n  where: {tmp_path}\n"
        "  fix:   run the command in the repository's root, or restore the file with git\n"
    )
    assert (2, message, []) == (code, capsys.readouterr().err, list(tmp_path.iterdir()))


STAGING = """\
  staging:
    kind: http
    url: https://models.example.com
    protocol: {kind: ml-ci, trace: false}
    headers: {Authorization: ML_CI_STAGING_TOKEN}
    tolerances: {}
    expected: []
"""


def test_repro__missing_credentials(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ML_CI_STAGING_TOKEN", raising=False)
    text = SHIPPED.replace("\ngolden:", f"{STAGING}\ngolden:", 1)

    told = refused(tmp_path, text, capsys)

    message = (
        "error: the environment variable ML_CI_STAGING_TOKEN is missing, so nothing is sent\n"
        "  where: params.yaml, targets.staging.headers\n"
        "  fix:   set it to what follows `Authorization: `, then run the same command again\n"
    )
    assert (2, message) == told
    assert ["params.yaml"] == [path.name for path in tmp_path.iterdir()]
