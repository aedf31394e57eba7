"""The checks: everything about the data that would make training or comparing meaningless."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_bytes
from ml_ci.data.container import SUFFIXES, format_of, was_closed_again
from ml_ci.data.decode import DecodeRule, ImageError, LimitError, read_image
from ml_ci.data.manifest import data_files, folder_problems
from ml_ci.data.names import name_problem, same_name
from ml_ci.data.samples import GoldenSample, Sample, class_names, read_golden, read_split
from ml_ci.errors import CombinedUserError, UserError, printable
from ml_ci.params.data import DataSettings
from ml_ci.progress import tracked

Problem = UserError
_DAMAGE_FIX = "replace it with a whole one, or remove it"
_LIMIT_FIX = "make it smaller or remove it; or raise the limit in params.yaml under `limits`"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One decoded image of a split."""

    split: str
    path: Path
    label: str
    pixels: str
    """SHA-256 of shape and RGB levels, the same whatever the file format."""


def check_data(rule: DecodeRule, settings: DataSettings, *, root: Path = Path()) -> list[Problem]:
    """Every problem of data/, each with its file and the remedy; empty when all is well.

    Reads every file twice: once for its pixels, once for its hash.
    """
    data = root / paths.DATA
    if not data.is_dir():
        return [_problem("the data folder is missing", data, "run `dvc pull`")]
    train, test = read_split(root / paths.TRAIN), read_split(root / paths.TEST)
    golden, problems = _golden(root / paths.GOLDEN)
    problems += _class_problems(root)
    problems += _count_problems(train, test, settings, root)
    problems += _golden_problems(golden, root, settings)
    problems += _stray_files(
        data, [sample.path for sample in [*train, *test]] + [sample.path for sample in golden]
    )
    seen, damaged = _decode_all(
        [(paths.TRAIN.name, sample) for sample in train]
        + [(paths.TEST.name, sample) for sample in test]
        + [(paths.GOLDEN.name, sample) for sample in golden if sample.path.is_file()],
        rule,
    )
    problems += damaged
    problems += _repeated(seen)
    return problems + folder_problems(root)


def _golden(folder: Path) -> tuple[list[GoldenSample], list[Problem]]:
    try:
        return read_golden(folder), []
    except CombinedUserError as several:
        return [], list(several.problems)
    except UserError as problem:
        return [], [problem]


def _class_problems(root: Path) -> list[Problem]:
    problems = []
    train, test = class_names(root / paths.TRAIN), class_names(root / paths.TEST)
    for here, there, names in (
        (paths.TRAIN, paths.TEST, set(train) - set(test)),
        (paths.TEST, paths.TRAIN, set(test) - set(train)),
    ):
        problems += [
            _problem(
                f"the class {name!r} is in {here.name} but not in {there.name}",
                root / here / name,
                f"add images to {there / name}, or take the class away",
            )
            for name in sorted(names)
        ]
    if len(set(train) | set(test)) < 2:
        problems.append(
            _problem(
                "there are fewer than two classes",
                root / paths.TRAIN,
                "make one folder of images per class, two at least",
            )
        )
    for split, names_there in ((paths.TRAIN, train), (paths.TEST, test)):
        problems += _name_problems("class", names_there, root / split)
    return problems


def _name_problems(noun: str, names: tuple[str, ...], folder: Path) -> list[Problem]:
    problems = [
        _problem(
            f"the {noun} name {name!r} {reason}",
            folder / name,
            "rename it, using letters, digits, blanks and - _ . + ( )",
        )
        for name in names
        if (reason := name_problem(name)) is not None
    ]
    alike: dict[str, list[str]] = {}
    for name in names:
        alike.setdefault(same_name(name), []).append(name)
    return problems + [
        _problem(
            f"the {noun} names {' and '.join(repr(name) for name in group)} are one name where "
            "capitals don't count (Windows, macOS)",
            folder / group[-1],
            "rename one of them",
        )
        for group in alike.values()
        if len(group) > 1
    ]


def _count_problems(
    train: list[Sample], test: list[Sample], settings: DataSettings, root: Path
) -> list[Problem]:
    problems = []
    for split, samples, least, key in (
        (paths.TRAIN, train, settings.min_train_per_class, "min_train_per_class"),
        (paths.TEST, test, settings.min_test_per_class, "min_test_per_class"),
    ):
        counts = Counter(sample.label for sample in samples)
        problems += [
            _problem(
                f"the class {name!r} has {counts[name]} of at least {least} images in {split.name}",
                root / split / name,
                f"add images, or lower data.{key} in {paths.PARAMS}",
            )
            for name in class_names(root / split)
            if counts[name] < least
        ]
    return problems


def _golden_problems(
    golden: list[GoldenSample], root: Path, settings: DataSettings
) -> list[Problem]:
    known = class_names(root / paths.TRAIN)
    table = root / paths.GOLDEN_LABELS
    problems = _name_problems(
        "golden image", tuple(dict.fromkeys(sample.name for sample in golden)), table.parent
    )
    for sample in golden:
        if not sample.path.is_file():
            fix = "run `dvc pull`; or add the file, or remove its row from golden.csv"
            problems.append(_problem("golden.csv names a file that is missing", sample.path, fix))
        if sample.label not in known:
            fix = f"correct it in {table.name}; known: {', '.join(known) or 'none'}"
            problems.append(_problem(f"the label {sample.label!r} is no class", sample.path, fix))
    for name, times in Counter(sample.name for sample in golden).items():
        if times > 1:
            fix = f"leave one of its {times} rows in {table.name}"
            problems.append(_problem("the image is listed twice", table.parent / name, fix))
    if golden and len(golden) < settings.min_golden:
        problems.append(
            _problem(
                f"the golden set has {len(golden)} of at least {settings.min_golden} images",
                table,
                f"add images, or lower data.min_golden in {paths.PARAMS}",
            )
        )
    return problems


def _stray_files(data: Path, samples: list[Path]) -> list[Problem]:
    """Files that no split and no golden row leads to: nobody would notice that they are ignored."""
    expected = {*samples, data / paths.GOLDEN.name / paths.GOLDEN_LABELS.name}
    return [
        _problem(
            "the file belongs to nothing",
            path,
            f"give it a row in {paths.GOLDEN_LABELS}, or remove it"
            if path.parent == data / paths.GOLDEN.name
            else "move it to train/<class>/ or test/<class>/, or remove it",
        )
        for path in sorted(data_files(data))
        if path not in expected
    ]


def _decode_all(
    samples: list[tuple[str, Sample | GoldenSample]], rule: DecodeRule
) -> tuple[list[Seen], list[Problem]]:
    seen, problems = [], []
    for split, sample in tracked(samples, "checking images"):
        content = sample.path.read_bytes()
        try:
            image = read_image(content, rule).image
        except ImageError as refused:
            fix = _LIMIT_FIX if isinstance(refused, LimitError) else _DAMAGE_FIX
            problems.append(_problem(f"the image is refused: {refused}", sample.path, fix))
            continue
        kind = format_of(content)
        if kind == "JPEG" and _is_cut(content, rule):
            fix = "fetch the whole file again, or remove it"
            what = "the JPEG was cut off and closed again: part of it decodes as grey"
            problems.append(_problem(what, sample.path, fix))
        if sample.path.suffix.lower() not in SUFFIXES[kind]:
            fix = f"rename it to end in {SUFFIXES[kind][0]}"
            problems.append(
                _problem(f"the file holds a {kind} but is not called one", sample.path, fix)
            )
        pixels = sha256_of_bytes(f"{image.shape}".encode() + image.tobytes())
        seen.append(Seen(split=split, path=sample.path, label=sample.label, pixels=pixels))
    return seen, problems


def _is_cut(jpeg: bytes, rule: DecodeRule) -> bool:
    roomy = replace(rule, max_bytes=2 * rule.max_bytes + 1000)  # it is asked with more data
    return was_closed_again(jpeg, lambda content: read_image(content, roomy).image)


def _repeated(seen: list[Seen]) -> list[Problem]:
    """The same picture in two splits, or under two labels; a plain repetition is allowed."""
    problems = []
    first: dict[str, Seen] = {}
    for image in seen:
        other = first.setdefault(image.pixels, image)
        if other.split != image.split:
            what = f"the same picture is in {other.split} ({printable(other.path.name)})"
            fix = "keep it in one of them: what was trained on cannot test"
        elif other.label != image.label:
            what = f"the same picture is labelled {other.label!r} ({printable(other.path.name)})"
            fix = "keep the one with the right label"
        else:
            continue
        problems.append(_problem(f"{what}, pixel for pixel", image.path, fix))
    return problems


def _problem(what: str, where: Path, fix: str) -> Problem:
    return UserError(what=what, where=str(where), fix=fix)
