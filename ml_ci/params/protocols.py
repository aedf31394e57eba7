"""Ready-made protocols: what many servers speak, as settings that expand to ``PredictSettings``.

They hold nothing that could not be written out by hand; docs/targets.md shows each of them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, PositiveInt, Tag, model_validator

from ml_ci.params.predict import (
    IMAGE,
    SHAPE,
    TENSOR,
    AnswerSettings,
    BinaryRequest,
    Expression,
    JsonRequest,
    Layout,
    PredictSettings,
    RequestSettings,
    TensorName,
    TensorRequest,
    UnitShape,
)
from ml_ci.params.problems import NO_KIND
from ml_ci.params.reading import Settings

Segment = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]
"""A name that stands in a path as it is."""


class TfImageInput(Settings):
    """The encoded image in base64, for a signature that decodes it itself."""

    kind: Literal["image"]
    name: TensorName | None
    """Of the input; null where the signature has one only."""


class TfTensorInput(Settings):
    """The reference's `tensor` rung, for a signature with one input: all before it is ours."""

    kind: Literal["tensor"]
    layout: Layout


class TfServing(Settings):
    """TensorFlow Serving's REST interface in row format, which others speak as well."""

    kind: Literal["tf-serving"]
    model: Segment
    version: PositiveInt | None
    """Null: the one that the server takes by itself."""
    signature: Annotated[str, Field(min_length=1)] | None
    """Null: `serving_default`."""
    input: Annotated[TfImageInput | TfTensorInput, Field(discriminator="kind")]
    answer: AnswerSettings
    """Expressions within what is predicted for the image: an output's name, or `@` where the model
    has one output only."""

    @property
    def ready(self) -> str:
        """Where the server tells of the model."""
        version = "" if self.version is None else f"/versions/{self.version}"
        return f"/v1/models/{self.model}{version}"

    @property
    def predict(self) -> PredictSettings:
        """The same written out."""
        signature = {} if self.signature is None else {"signature_name": self.signature}
        body: dict[str, Any] = {**signature, "instances": TENSOR}
        request: RequestSettings
        match self.input:
            case TfImageInput(name=name):
                image: Any = {"b64": IMAGE}
                body["instances"] = [image if name is None else {name: image}]
                request = JsonRequest(kind="json", body=body, alphabet="standard")
            case TfTensorInput(layout=layout):
                request = TensorRequest(kind="tensor", body=body, layout=layout, numbers="nested")
        return PredictSettings(
            path=f"{self.ready}:predict",
            request=request,
            answer=AnswerSettings(
                label=_within("predictions[0]", self.answer.label),
                label_as=self.answer.label_as,
                probabilities=_within("predictions[0]", self.answer.probabilities),
                logits=_within("predictions[0]", self.answer.logits),
            ),
        )


class BytesInput(Settings):
    """The encoded image as an input of type BYTES, for a model that decodes it itself."""

    kind: Literal["image"]
    name: TensorName
    encoding: Literal["base64", "binary"]
    """`base64` in the JSON, said by the content type that MLServer knows; `binary` behind it (the
    binary tensor data extension: Triton, KServe)."""
    shape: UnitShape


class Fp32Input(Settings):
    """The reference's `tensor` rung as FP32: decoding and preprocessing are ours."""

    kind: Literal["tensor"]
    name: TensorName
    layout: Layout


class OutputNames(Settings):
    """Which outputs hold what; null for what no output tells."""

    label: TensorName | None
    """Null: the class with the largest probability, or logit, counts as the answer."""
    label_as: Literal["name", "index"]
    probabilities: TensorName | None
    logits: TensorName | None

    @model_validator(mode="after")
    def _tells_something(self) -> Self:
        if self.label is None and self.probabilities is None and self.logits is None:
            raise ValueError("at least one of `label`, `probabilities` and `logits`")
        return self


class OpenInference(Settings):
    """KServe's v2, the Open Inference Protocol: Triton, MLServer, KServe, OpenVINO."""

    kind: Literal["open-inference"]
    model: Segment
    version: Segment | None
    """Null: the one that the server takes by itself."""
    input: Annotated[BytesInput | Fp32Input, Field(discriminator="kind")]
    outputs: OutputNames

    @property
    def _path(self) -> str:
        version = "" if self.version is None else f"/versions/{self.version}"
        return f"/v2/models/{self.model}{version}"

    @property
    def ready(self) -> str:
        """Answers 200 once the model can be asked."""
        return f"{self._path}/ready"

    @property
    def predict(self) -> PredictSettings:
        """The same written out."""
        label = _output(self.outputs.label)
        return PredictSettings(
            path=f"{self._path}/infer",
            request=self._request(),
            answer=AnswerSettings(
                label=None if label is None else f"{label} | [0]",
                label_as=self.outputs.label_as,
                probabilities=_output(self.outputs.probabilities),
                logits=_output(self.outputs.logits),
            ),
        )

    def _request(self) -> RequestSettings:
        match self.input:
            case BytesInput(encoding="binary", name=name, shape=shape):
                return BinaryRequest(kind="binary", input=name, shape=shape)
            case BytesInput(name=name, shape=shape):
                given: dict[str, Any] = {"name": name, "datatype": "BYTES", "shape": shape}
                given |= {"parameters": {"content_type": "base64"}, "data": [IMAGE]}
                return JsonRequest(kind="json", body={"inputs": [given]}, alphabet="standard")
            case Fp32Input(name=name, layout=layout):
                given = {"name": name, "datatype": "FP32", "shape": SHAPE, "data": TENSOR}
                return TensorRequest(
                    kind="tensor", body={"inputs": [given]}, layout=layout, numbers="flat"
                )


class SageMaker(Settings):
    """A SageMaker container, or whatever answers `/invocations` (MLflow does)."""

    kind: Literal["sagemaker"]
    request: Annotated[RequestSettings, Field(discriminator="kind")]
    answer: AnswerSettings

    @property
    def ready(self) -> str:
        """Answers 200 once the container can be asked."""
        return "/ping"

    @property
    def predict(self) -> PredictSettings:
        """The same written out."""
        return PredictSettings(path="/invocations", request=self.request, answer=self.answer)


ReadyMade = TfServing | OpenInference | SageMaker


def _kind_of(value: Any) -> str:
    kind = value.get("kind", NO_KIND) if isinstance(value, dict) else NO_KIND
    return kind if isinstance(kind, str) else repr(kind)


Predict = Annotated[
    Annotated[PredictSettings, Tag(NO_KIND)]
    | Annotated[TfServing, Tag("tf-serving")]
    | Annotated[OpenInference, Tag("open-inference")]
    | Annotated[SageMaker, Tag("sagemaker")],
    Discriminator(_kind_of),
]
"""Written out by hand, without a `kind`, or one of the ready-made."""


def expanded(predict: PredictSettings | ReadyMade) -> PredictSettings:
    """What is asked, written out."""
    return predict if isinstance(predict, PredictSettings) else predict.predict


def _within(place: str, expression: Expression | None) -> Expression | None:
    return None if expression is None else f"{place} | {expression}"


def _output(name: str | None) -> Expression | None:
    """The data of an output as a flat list, however its server nests it."""
    return None if name is None else f"outputs[?name=='{name}'] | [0].data[]"
