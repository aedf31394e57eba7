"""docs/faults.md is what the catalogue says."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.parity.faults.catalogue import catalogue
from scripts import faults_page
from scripts.faults_page import PAGE, fixed_reference, main, page


def test_page__is_what_the_catalogue_says() -> None:
    made = page(catalogue(), fixed_reference())
    assert PAGE.read_text(encoding="utf-8") == made, "run scripts/faults_page.py"


def test_page__tells_how_many_there_are() -> None:
    one = catalogue()[0]
    assert "The 1 known mistakes" in page([one], fixed_reference())


def test_check__says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(faults_page, "PAGE", tmp_path / "faults.md")
    monkeypatch.setattr(faults_page, "catalogue", lambda: catalogue()[:2])
    before = main(["--check"])
    main([])
    after = main(["--check"])
    said = capsys.readouterr().out
    assert (1, 0) == (before, after)
    assert f"{tmp_path}/faults.md is not what the catalogue says: run python" in said
