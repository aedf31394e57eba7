"""Recipes: all golden pictures, in the order of golden.csv; docs/data.md lists the witnesses."""

from __future__ import annotations

from ml_ci.data.prepare.formats import format_recipes
from ml_ci.data.prepare.recipe import Recipe
from ml_ci.data.prepare.scenes import scene_recipes


def golden_recipes() -> tuple[Recipe, ...]:
    """All of them; no file name occurs twice."""
    return (*format_recipes(), *scene_recipes())
