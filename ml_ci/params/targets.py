"""Targets: what is compared with the reference, and what may differ there."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    NonNegativeFloat,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from ml_ci.artifacts.bounds import SIDES
from ml_ci.params.address import AddressError, check_address
from ml_ci.params.predict import PredictSettings, UrlPath
from ml_ci.params.problems import NOT_SHOWN
from ml_ci.params.protocols import OpenInference, SageMaker, TfServing
from ml_ci.params.reading import NamedSection, Settings
from ml_ci.steps import FLOAT_STEPS, LADDER

MOST_TARGETS = SIDES - 1
TAKEN_NAMES = ("reference", "deployed")
"""Of traces that are no target's: the training side's, and what `ml-ci drift` records."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# RFC 9110, section 5.6.2
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
# Capitals alone: a token that somebody put here by mistake would be looked up and named otherwise
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,100}")
_OWN_HEADERS = frozenset(
    {"accept-encoding", "connection", "content-encoding", "content-length", "content-type"}
    | {"expect", "host", "inference-header-content-length", "te", "trailer", "transfer-encoding"}
    | {"upgrade"}
)


def _is_name(value: str) -> str:
    if _NAME.fullmatch(value) is None or value in TAKEN_NAMES:
        raise ValueError(
            "up to 31 small letters, digits and `-`, a letter first, "
            f"and neither {' nor '.join(TAKEN_NAMES)}"
        )
    return value


def _is_step(value: str) -> str:
    if value not in [step.name for step in LADDER]:
        raise ValueError(f"one of {', '.join(step.name for step in LADDER)}")
    return value


def _is_float_step(value: str) -> str:
    if value not in [step.name for step in FLOAT_STEPS]:
        raise ValueError(
            f"one of {', '.join(step.name for step in FLOAT_STEPS)}, which have a noise floor"
        )
    return value


def _as_date(value: Any) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError('a date in quotes, like "2026-12-31"')


def _is_header(value: str) -> str:
    if _HEADER.fullmatch(value) is None or value.lower() in _OWN_HEADERS:
        raise ValueError("the name of a header that the client does not set itself")
    return value


def _is_variable(value: Any) -> str:
    if not isinstance(value, str) or _VARIABLE.fullmatch(value) is None:
        raise PydanticCustomError(
            NOT_SHOWN,
            "the name of an environment variable in capitals, like ML_CI_STAGING_TOKEN, "
            "which holds the header's value",
        )
    return value


def _is_address(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        check_address(value, authorized=False)
    except AddressError as problem:
        raise PydanticCustomError(
            NOT_SHOWN,
            "the address of a server, like https://models.example.com, without credentials and "
            "without a query; {problem}",
            {"problem": str(problem)},
        ) from None
    return value


TargetName = Annotated[str, AfterValidator(_is_name)]
StepName = Annotated[str, AfterValidator(_is_step)]
FloatStepName = Annotated[str, AfterValidator(_is_float_step)]


class ExpectedDifference(Settings):
    """A difference that is accepted: the target is compared with the reference after this change,
    so that anything beyond it still differs."""

    step: StepName
    """Where it arises."""
    change: Annotated[str, Field(min_length=1, max_length=200)] | None
    """What the target is known to do there, like `float16`; or null."""
    largest: NonNegativeFloat | None
    """Largest absolute own error of the step, in its own unit; or null."""
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    until: Annotated[date, BeforeValidator(_as_date)]
    """The last day on which it is accepted."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.change is None) == (self.largest is None):
            raise ValueError("exactly one of `change` and `largest`, and null for the other")
        return self


class TargetSettings(Settings):
    """What every target has."""

    tolerances: dict[FloatStepName, NonNegativeFloat]
    """Step → largest absolute own error, instead of the noise floor."""
    expected: Annotated[list[ExpectedDifference], Field(max_length=50)]


class ContainerTarget(TargetSettings):
    """What `container` describes: built, started, asked and stopped here."""

    kind: Literal["container"]


class OnnxTarget(TargetSettings):
    """The exported model on ONNX Runtime, in this process."""

    kind: Literal["onnx"]


class DumpTarget(TargetSettings):
    """What a device, or somebody earlier, wrote into ``dumps/<name>/``."""

    kind: Literal["dump"]


class OurProtocol(Settings):
    """This project's own server, running elsewhere: the model `model.name`, asked as clients do."""

    kind: Literal["ml-ci"]
    trace: bool
    """Whether it was started with its trace routes (ML_CI_TRACE)."""


class CustomProtocol(Settings):
    """Written out by hand, as for `container.server`."""

    kind: Literal["custom"]
    predict: PredictSettings
    trace: UrlPath | None
    """A route that answers with the rungs it climbed (docs/own-server.md), or null."""


Protocol = OurProtocol | CustomProtocol | TfServing | OpenInference | SageMaker


class HttpTarget(TargetSettings):
    """A server that runs already, anywhere."""

    kind: Literal["http"]
    url: Annotated[str, BeforeValidator(_is_address)]
    """Paths are added to it: it may hold a prefix of its own."""
    protocol: Annotated[Protocol, Field(discriminator="kind")]
    headers: dict[
        Annotated[str, AfterValidator(_is_header)], Annotated[str, BeforeValidator(_is_variable)]
    ]
    """Header → name of the environment variable that holds its value, which is in no file."""

    @field_validator("headers", mode="before")
    @classmethod
    def _is_shown_only_as_names(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise PydanticCustomError(NOT_SHOWN, "a mapping of headers to environment variables")
        return value

    @model_validator(mode="after")
    def _secrets_travel_encrypted(self) -> Self:
        try:
            check_address(self.url, authorized=bool(self.headers))
        except AddressError as problem:
            raise ValueError(f"https://… for a server that gets `headers`; {problem}") from None
        return self


Target = Annotated[
    ContainerTarget | OnnxTarget | HttpTarget | DumpTarget, Field(discriminator="kind")
]


class TargetsSettings(NamedSection[Target]):
    """By name, in the order of the report."""

    section: ClassVar[str] = "targets"

    root: dict[TargetName, Target]

    @model_validator(mode="after")
    def _a_handful(self) -> Self:
        kinds = Counter(target.kind for target in self.root.values())
        if not 1 <= len(self.root) <= MOST_TARGETS:
            raise ValueError(f"1 to {MOST_TARGETS} targets, here are {len(self.root)}")
        if kinds["container"] > 1:
            raise ValueError(
                "one target of kind `container` at most, because `container` describes one"
            )
        return self
