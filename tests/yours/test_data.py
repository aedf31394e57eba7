"""The data: what is in data/ is what the manifest says, and the pipeline can use it."""

from __future__ import annotations

from collections import Counter

from ml_ci.artifacts import paths
from ml_ci.data.checks import check_data
from ml_ci.data.rule import decode_rule
from ml_ci.data.samples import class_names, read_golden
from ml_ci.params.data import DataSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section


def test_data__equals_the_manifest_and_has_no_problem() -> None:
    rule = decode_rule(read_section(PreprocessSettings), read_section(LimitSettings))
    problems = check_data(rule, read_section(DataSettings))
    assert [] == [f"{problem.where}: {problem.what}" for problem in problems]


def test_golden__shows_every_class() -> None:
    shown = Counter(sample.label for sample in read_golden(paths.GOLDEN))
    assert [] == [name for name in class_names(paths.TRAIN) if not shown[name]]


def test_golden__says_of_every_image_what_it_witnesses() -> None:
    silent = [sample.name for sample in read_golden(paths.GOLDEN) if not sample.witnesses]
    assert [] == silent
