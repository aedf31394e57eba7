"""Augmentation: what it does, and that it cannot leave training."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import ml_ci
from ml_ci.model.augmentation import Augmenter
from ml_ci.params.train import Augmentation

NONE = {"rotate_degrees": 0.0, "shift": 0.0, "scale": 0.0}


def augmented(tensor: Tensor, seed: int = 0, **amounts: float) -> Tensor:
    return Augmenter(Augmentation(**(NONE | amounts)), seed)(tensor)


def square(height: int = 33, width: int = 33, count: int = 200) -> Tensor:
    """A bright 5×5 square in the middle: N×1×H×W."""
    tensor = torch.zeros(count, 1, height, width)
    tensor[:, :, height // 2 - 2 : height // 2 + 3, width // 2 - 2 : width // 2 + 3] = 1
    return tensor


def centres(tensor: Tensor) -> Tensor:
    """Centre of mass in pixels from the middle, N×2 (down, across)."""
    count, _, height, width = tensor.shape
    weight = tensor[:, 0] / tensor.sum(dim=(1, 2, 3))[:, None, None]
    down = (weight.sum(dim=2) * (torch.arange(height) - (height - 1) / 2)).sum(dim=1)
    across = (weight.sum(dim=1) * (torch.arange(width) - (width - 1) / 2)).sum(dim=1)
    assert (count,) == down.shape
    return torch.stack([down, across], dim=1)


def test_augmenter__with_no_amounts_changes_nothing() -> None:
    tensor = torch.rand(4, 3, 9, 7)
    torch.testing.assert_close(augmented(tensor), tensor, rtol=0, atol=1e-5)


def test_shift__moves_up_to_its_share_of_the_side() -> None:
    down, across = centres(augmented(square(33, 65), shift=0.2)).abs().amax(dim=0).tolist()
    # 20 % of 33 and 65; among 200 draws the largest comes close
    assert (True, True) == (6.0 < down <= 6.7, 12.0 < across <= 13.1)


def test_scale__enlarges_and_shrinks_up_to_its_share() -> None:
    areas = (augmented(square(), scale=0.3).sum(dim=(1, 2, 3)) / 25).tolist()
    assert (True, True) == (0.4 < min(areas) < 0.6, 1.5 < max(areas) < 1.8)


def test_rotation__keeps_shapes_on_a_canvas_that_is_not_square() -> None:
    tensor = torch.zeros(100, 1, 41, 81)
    tensor[:, :, 20, 30:51] = 1  # a level line, 21 px long
    turned = augmented(tensor, rotate_degrees=90.0)[:, 0]
    mass = turned.sum(dim=(1, 2))
    # Had the aspect been forgotten, a line turned upright would be half as long
    assert bool(((mass > 17) & (mass < 25)).all())


def test_outside__repeats_the_edge() -> None:
    tensor = torch.full((50, 1, 8, 8), 0.7)
    torch.testing.assert_close(augmented(tensor, shift=0.5, rotate_degrees=45.0), tensor)


def test_pictures__are_changed_each_by_its_own_amount() -> None:
    assert 50 == len(
        {tuple(row) for row in centres(augmented(square(count=50), shift=0.2)).tolist()}
    )


def test_seed__gives_the_same_changes_twice_and_another_seed_others() -> None:
    first, again, other = (augmented(square(), seed, shift=0.2) for seed in (1, 1, 2))
    assert (True, False) == (torch.equal(first, again), torch.equal(first, other))


def test_augmenter__is_no_module_so_no_network_can_contain_it() -> None:
    assert not isinstance(Augmenter(Augmentation(**NONE), 0), nn.Module)


def test_augmentation__is_imported_by_training_alone() -> None:
    package = Path(ml_ci.__file__).parent
    importers = [
        path.relative_to(package).as_posix()
        for path in sorted(package.rglob("*.py"))
        if "ml_ci.model.augmentation" in _imports(path)
    ]
    assert ["model/training.py"] == importers


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


@pytest.mark.parametrize(
    "line", ["import ml_ci.model.augmentation", "from ml_ci.model import augmentation"]
)
def test_imports__sees_every_way_to_import(line: str, tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(line)
    assert "ml_ci.model.augmentation" in _imports(tmp_path / "module.py")
