"""`ml-ci coverage`: which mistakes of a server the golden set would notice; images that would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import json_text, write_bytes, write_text
from ml_ci.data.decode import ImageError, read_image
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import GoldenSample, is_left_behind, read_golden
from ml_ci.data.witnesses import derived
from ml_ci.errors import EXIT_PASS, UserError
from ml_ci.model.compute import fixed_threads
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.params.targets import TargetsSettings
from ml_ci.parity.coverage.covering import coverage_of
from ml_ci.parity.coverage.suggesting import Suggestion, still_blind, suggestions
from ml_ci.report.coverage import coverage_table, print_coverage
from ml_ci.stages.covering import covering_of, shown

_SAID = 3  # mistakes that one suggestion is told to notice
_DERIVED_FROM = 8  # golden images that witnesses are derived from: one is enough for most kinds


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command was asked for."""

    every: bool
    """A row per fault."""
    json_file: Path | None
    suggest: Path | None
    """Propose images of this folder."""
    derive: Path | None
    """Write images made of golden ones into this folder."""


def coverage(console: Console, wanted: Wanted) -> int:
    """Print the coverage of data/golden as it lies there, and what was asked for. Returns 0.

    Raises UserError when there is no model, or a folder is not what it should be.
    """
    candidates = {} if wanted.suggest is None else _images_in(wanted.suggest)
    if wanted.derive is not None:
        _check_is_new(wanted.derive)
    samples = read_golden(paths.GOLDEN)
    golden = {sample.name: sample.path.read_bytes() for sample in samples}
    covering = covering_of(
        read_section(PreprocessSettings),
        read_section(LimitSettings),
        read_section(ModelSettings),
        read_section(TargetsSettings).root.values(),
        golden,
    )
    with fixed_threads(read_section(ComputeSettings).threads):
        images, covered = covering.look(golden, shown)
        result = coverage_of(images, covered)
        derivable = {} if wanted.derive is None else _derived(samples, golden)
        found = suggestions(covering, covered, candidates, shown)
        made = suggestions(covering, covered, derivable, shown)
    text = json_text(result.model_dump(mode="json"))
    if str(wanted.json_file) == "-":
        console.out(text, end="", highlight=False)
    else:
        print_coverage(console, result)
        if wanted.every:
            console.print()
            console.print(coverage_table(result.faults))
        if wanted.json_file is not None:
            write_text(wanted.json_file, text)
        if wanted.suggest is not None:
            _print_suggestions(console, f"Of {wanted.suggest}, add", found)
            left = still_blind(covered, found)
            if left:
                console.print(f"{len(left)} ways to go wrong stay unnoticed; see --derive")
    if wanted.derive is not None:
        _write(console, wanted, samples, derivable, made)
    return EXIT_PASS


def _images_in(folder: Path) -> dict[str, bytes]:
    """Every file of ``folder``, by its path in it. Raises UserError when it is none."""
    if not folder.is_dir():
        raise UserError(
            what="there is no such folder",
            where=str(folder),
            fix="name a folder with images that clients really send",
        )
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in files
        if not is_left_behind(Path(path.name))
    }


def _check_is_new(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            what="images would be written beside others",
            where=str(folder),
            fix="name a folder that is empty or does not exist yet",
        )


def _derived(samples: Sequence[GoldenSample], golden: Mapping[str, bytes]) -> dict[str, bytes]:
    """The first golden images as every kind of file, by `<image>-<kind>.<suffix>`."""
    rule = decode_rule(read_section(PreprocessSettings), read_section(LimitSettings))
    found: dict[str, bytes] = {}
    used = 0
    for sample in samples:
        try:
            pixels = read_image(golden[sample.name], rule).image
        except ImageError:
            continue
        used += 1
        for kind, content in derived(pixels):
            found[f"{Path(sample.name).stem}-{kind.name}{kind.suffix}"] = content
        if used == _DERIVED_FROM:
            break
    return found


def _print_suggestions(console: Console, title: str, found: Sequence[Suggestion]) -> None:
    console.print()
    if not found:
        console.print(Text(f"{title}: nothing; none notices what the golden set does not"))
        return
    console.print(Text(f"{title}:", style="bold"))
    for one in found:
        said = [f"{variant.step}: {variant.said}" for variant in one.notices[:_SAID]]
        more = len(one.notices) - len(said)
        said += [f"and {more} more"] if more else []
        console.print(Text(f"  {one.image}  notices {'; '.join(said)}"))


def _write(
    console: Console,
    wanted: Wanted,
    samples: Sequence[GoldenSample],
    derivable: Mapping[str, bytes],
    made: Sequence[Suggestion],
) -> None:
    """The witnesses, and the rows of golden.csv that name them."""
    folder = wanted.derive
    if folder is None or not made:
        console.print(Text("\nNothing to derive: no kind of image would notice more"))
        return
    labels = {Path(sample.name).stem: sample.label for sample in samples}
    rows = []
    for one in made:
        label, kind = _label_of(one.image, labels)
        write_bytes(folder / one.image, derivable[one.image])
        rows.append(f"{one.image},{label},{kind}")
    _print_suggestions(console, f"Written into {folder}", made)
    console.print(Text(f"\nCopy them into {paths.GOLDEN}, add these rows to {paths.GOLDEN_LABELS}"))
    console.print(Text("and run `ml-ci data update`:"))
    for row in rows:
        console.print(Text(f"  {row}"))


def _label_of(image: str, labels: Mapping[str, str]) -> tuple[str, str]:
    """The label of the golden image it was made from, and the kind of file it is."""
    name = Path(image).stem
    stem = max((one for one in labels if name.startswith(f"{one}-")), key=len)
    return labels[stem], name.removeprefix(f"{stem}-")
