"""The repository as the template ships it. Delete this file when you make the repository yours."""

from __future__ import annotations

import subprocess

from ml_ci.data.manifest import images_and_tables, read_manifest
from tests.builders.digits import DRAWN, fingerprint
from tests.builders.sides import IGNORED, MERGED, attributed, table


def test_data__are_the_digits_that_the_script_draws() -> None:
    assert DRAWN == fingerprint(images_and_tables(read_manifest()))


def test_sides__every_path_at_the_top_is_in_a_table() -> None:
    done = subprocess.run(["git", "ls-files"], capture_output=True, text=True, check=True)
    tops = {
        f"{top}{slash}" for top, slash, _ in (p.partition("/") for p in done.stdout.split("\n"))
    }
    listed = {
        f"{top}{slash}"
        for side in ("yours", "ours")
        for top, slash, _ in (p.partition("/") for p in table(side))
    }
    assert [] == sorted(tops - {""} - listed), "say in docs/architecture.md whose it is"


def test_yours__an_update_keeps_nothing_else() -> None:
    assert set(table("yours")) - MERGED - IGNORED == attributed()
