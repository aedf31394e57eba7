"""What a run makes of metrics/golden.json."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml_ci.artifacts import paths
from ml_ci.artifacts.acceptance import accept_golden
from ml_ci.artifacts.golden import GoldenSnapshot, save_golden
from ml_ci.golden.accepted import find_accepted
from ml_ci.golden.renewing import renew_snapshot
from tests.builders.golden import NEW, answers, commit_all, golden_set, put_manifest

GIVEN = answers(a=0.9)
IMAGES = {"a": "A cat"}


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``GIVEN`` is committed, for ``IMAGES``."""
    monkeypatch.chdir(tmp_path)
    save_golden(GIVEN)
    put_manifest(**IMAGES)
    commit_all()


def there() -> GoldenSnapshot:
    return GoldenSnapshot.of_text(paths.GOLDEN_JSON.read_bytes())


def test_renew__leaves_the_file_alone() -> None:
    before = paths.GOLDEN_JSON.stat().st_ino

    renew_snapshot(answers(a=0.3), golden_set(**IMAGES))

    assert (GIVEN, before) == (there(), paths.GOLDEN_JSON.stat().st_ino)


@pytest.mark.parametrize(
    ("measured", "images", "expected"),
    [
        pytest.param(answers(c=0.3), {"c": "A cat"}, answers(c=0.9), id="renamed"),
        pytest.param(
            answers(a=0.2, c=0.3),
            {"a": "new cat", "c": "A cat"},
            answers(a=0.2, c=0.9),
            id="another-under-the-old-name",
        ),
        pytest.param(
            answers(a=0.3, c=0.2), {**IMAGES, "c": "C cat"}, answers(a=0.9, c=0.2), id="added"
        ),
        pytest.param(answers(c=0.2), {"c": "C cat"}, answers(c=0.2), id="removed"),
        pytest.param(answers(NEW, a=0.3), IMAGES, answers(NEW, a=0.3), id="trained-again"),
    ],
)
def test_renew__keeps_what_was_accepted_of_these_weights(
    measured: GoldenSnapshot, images: dict[str, str], expected: GoldenSnapshot
) -> None:
    renew_snapshot(measured, golden_set(**images))

    assert expected == there()


@pytest.mark.parametrize("content", [None, b"<<<<<<< HEAD", b"{}"], ids=["gone", "marks", "else"])
def test_renew__fills_a_file_that_is_gone_or_damaged_from_the_commit(content: bytes | None) -> None:
    paths.GOLDEN_JSON.unlink()
    if content is not None:
        paths.GOLDEN_JSON.write_bytes(content)

    renew_snapshot(answers(a=0.3), golden_set(**IMAGES))

    assert GIVEN == there()


def test_renew__fills_a_shortened_file_from_the_commit() -> None:
    save_golden(answers())

    renew_snapshot(answers(a=0.3), golden_set(**IMAGES))

    assert GIVEN == there()


def test_renew__keeps_what_lies_there_where_nothing_is_accepted() -> None:
    """Without git the file is all there is to remember."""
    save_golden(answers(a=0.9, c=0.8))

    renew_snapshot(answers(a=0.9, c=0.2), golden_set(**IMAGES, c="C cat"))

    assert answers(a=0.9, c=0.8) == there()


def test_renew__what_was_accepted_stays_accepted_when_an_image_is_added() -> None:
    accept_golden(answers(a=0.3), golden_set(**IMAGES))
    images = golden_set(c="A cat", d="D cat")

    renew_snapshot(answers(c=0.3, d=0.8), images)

    accepted = find_accepted(images)
    assert (answers(c=0.3, d=0.8), answers(c=0.3)) == (there(), accepted.given)


def test_renew__what_was_accepted_of_other_weights_is_nothing_any_more() -> None:
    accept_golden(answers(NEW, a=0.3), golden_set(**IMAGES))

    renew_snapshot(answers(a=0.4), golden_set(**IMAGES))

    assert (GIVEN, GIVEN) == (there(), find_accepted(golden_set(**IMAGES)).given)
