"""The golden set: what clients really send, drawn from test scans only."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_text
from ml_ci.data.prepare.drawing import Coverage, cover
from ml_ci.data.prepare.encoders import Drawn
from ml_ci.data.prepare.recipe import Recipe
from ml_ci.data.prepare.recipes import golden_recipes
from ml_ci.data.prepare.scans import Scan

SHARE_OF_SECOND = 35  # per cent of the ink of a digit that is mixed with another


def write_golden(test_scans: tuple[Scan, ...], folder: Path) -> None:
    """Every recipe's picture and golden.csv."""
    recipes = golden_recipes()
    folder.mkdir(parents=True)
    for recipe, scan in zip(recipes, _scans_for(recipes, test_scans), strict=True):
        coverage = cover(scan.levels, recipe.sheet)
        if recipe.mixed_with is not None:
            coverage = _mixed(coverage, _second(recipe, test_scans))
        drawn = Drawn(coverage=coverage, ink=recipe.ink, paper=recipe.paper, texture=recipe.texture)
        (folder / recipe.file).write_bytes(recipe.encode(drawn))
    write_text(folder / paths.GOLDEN_LABELS.name, _labels(recipes))


def _scans_for(recipes: tuple[Recipe, ...], scans: tuple[Scan, ...]) -> list[Scan]:
    """For each recipe the next scan of its digit: none is drawn twice."""
    of_label = {scan.label: [s for s in scans if s.label == scan.label] for scan in scans}
    return [of_label[recipe.digit].pop(0) for recipe in recipes]


def _second(recipe: Recipe, scans: tuple[Scan, ...]) -> Coverage:
    """The last scan of the other digit, on the same sheet."""
    other = [scan for scan in scans if scan.label == recipe.mixed_with][-1]
    return cover(other.levels, recipe.sheet)


def _mixed(first: Coverage, second: Coverage) -> Coverage:
    """Weighted mean of two coverages, (H, W) each."""
    total = first.astype(np.int32) * (100 - SHARE_OF_SECOND)
    total += second.astype(np.int32) * SHARE_OF_SECOND
    return ((total + 50) // 100).astype(np.uint8)


def _labels(recipes: tuple[Recipe, ...]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["file", "label", "witnesses"])
    for recipe in recipes:
        writer.writerow([recipe.file, recipe.digit, " ".join(recipe.witnesses)])
    return stream.getvalue()
