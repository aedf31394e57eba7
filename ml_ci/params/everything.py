"""All of params.yaml at once, for commands that start a run (stages read only their sections)."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.errors import CombinedUserError, UserError
from ml_ci.params.base import BaseSettings
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.container import ContainerSettings
from ml_ci.params.data import DataSettings
from ml_ci.params.diagnosis import DiagnosisSettings
from ml_ci.params.evaluate import EvaluateSettings
from ml_ci.params.forks import ForkSettings
from ml_ci.params.gate import GateSettings
from ml_ci.params.golden import GoldenSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.model import ModelSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.problems import as_one
from ml_ci.params.reading import AnySection, read_document, read_section
from ml_ci.params.replay import ReplaySettings
from ml_ci.params.serving import ServingSettings
from ml_ci.params.targets import TargetsSettings
from ml_ci.params.train import TrainSettings

SECTIONS: tuple[type[AnySection], ...] = (
    LimitSettings,
    DataSettings,
    PreprocessSettings,
    ComputeSettings,
    TrainSettings,
    EvaluateSettings,
    ModelSettings,
    ServingSettings,
    ContainerSettings,
    ReplaySettings,
    TargetsSettings,
    DiagnosisSettings,
    GoldenSettings,
    BaseSettings,
    GateSettings,
    ForkSettings,
)


def check_params() -> None:
    """Raise one UserError with every problem of every section, unknown sections included."""
    problems: list[UserError] = []
    document = read_document()
    known = {kind.section for kind in SECTIONS}
    for section in document:
        if section not in known:
            problems.append(
                UserError(
                    what=f"unknown section `{section}`",
                    where=f"{paths.PARAMS}:{document.lc.key(section)[0] + 1}",
                    fix=f"remove it or correct its spelling; known: {', '.join(sorted(known))}",
                )
            )
    for kind in SECTIONS:
        try:
            read_section(kind)
        except CombinedUserError as error:
            problems.extend(error.problems)
        except UserError as error:
            problems.append(error)
    if problems:
        raise as_one(problems)
