"""Another scale and offset of the channels than the reference's mean and std make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ml_ci.parity.faults.fault import Described, Variant
from ml_ci.parity.faults.named_normalisations import named, variant_of
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import TENSOR


@dataclass(frozen=True, kw_only=True)
class NamedNormalisation(Described):
    """Those of the named ones that have this id."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """In the order they are listed in."""
        return [
            variant_of(self.id, one.does, dict(one.parameters), one.said, one.server)
            for one in named(reference.settings)
            if one.fault == self.id
        ]


_ANY = "any picture"
_COLOUR = "a picture in colour"
_FLAT = "answers near to each other, whatever the picture"
_PLAUSIBLE = "plausible"
_SAID = (
    (
        "not-divided-by-255",
        "Pixels not divided by 255",
        "one class or another with full certainty, hardly ever the right one",
        "https://github.com/lmoroney/dlaicourse/issues/129",
        _ANY,
    ),
    (
        "divided-by-255-twice",
        "Pixels divided by 255 twice",
        f"{_FLAT}: the network sees black",
        "https://github.com/GoogleCloudPlatform/asl-ml-immersion/pull/424",
        _ANY,
    ),
    (
        "mean-std-missing",
        "Mean and std missing",
        "most labels the same, less sure",
        _PLAUSIBLE,
        _ANY,
    ),
    (
        "not-normalised",
        "Pixels of 0–255 into the network",
        "full certainty in few classes",
        _PLAUSIBLE,
        _ANY,
    ),
    (
        "minus-one-to-one",
        "Pixels on −1 to 1 instead of mean and std",
        "most labels the same, accuracy down by a few points",
        _PLAUSIBLE,
        _ANY,
    ),
    ("std-missing", "Not divided by std", "the same labels, less sure", _PLAUSIBLE, _ANY),
    (
        "mean-missing",
        "Mean not subtracted",
        "dark pictures answered worse than light ones",
        _PLAUSIBLE,
        _ANY,
    ),
    (
        "mean-std-of-another-set",
        "Mean and std of another data set",
        "most labels the same, probabilities off by some percent",
        _PLAUSIBLE,
        _ANY,
    ),
    (
        "mean-std-bgr",
        "Mean and std in the order of BGR",
        "reddish and bluish pictures answered worse, little else",
        _PLAUSIBLE,
        _ANY,
    ),
    ("mean-on-other-scale", "Mean and std on different scales", _FLAT, _PLAUSIBLE, _ANY),
    (
        "variance-for-std",
        "Variance used for std",
        "the same labels, surer or less sure",
        "https://github.com/tensorflow/tensorflow/issues/49930",
        _ANY,
    ),
    ("multiplied-by-std", "Multiplied by std", _FLAT, _PLAUSIBLE, _ANY),
    ("divided-after-normalising", "Normalised before ÷255", _FLAT, _PLAUSIBLE, _ANY),
    (
        "normalised-twice",
        "Normalised twice",
        "surer and more often wrong: contrast is too strong",
        _PLAUSIBLE,
        _ANY,
    ),
    ("mean-added", "Mean added", "light pictures are too light", _PLAUSIBLE, _ANY),
    (
        "negative",
        "Negative pictures",
        "accuracy far down, on pictures of every kind",
        _PLAUSIBLE,
        _ANY,
    ),
    (
        "mean-std-exchanged",
        "Mean and std exchanged",
        "most labels the same, less sure",
        _PLAUSIBLE,
        _ANY,
    ),
    (
        "tensor-channel-order",
        "Channels of the tensor exchanged",
        "coloured pictures are answered less surely, grey ones almost as before",
        "https://github.com/open-mmlab/mmdeploy/issues/421",
        _COLOUR,
    ),
    (
        "one-channel-repeated",
        "One channel repeated",
        "colour does not matter any more",
        _PLAUSIBLE,
        _COLOUR,
    ),
    (
        "caffe-normalisation",
        "Normalised as Caffe does",
        "full certainty in few classes",
        _PLAUSIBLE,
        _ANY,
    ),
)
FAULTS = tuple(
    NamedNormalisation(
        id=id_, step=TENSOR.name, title=title, symptom=symptom, source=source, witness=witness
    )
    for id_, title, symptom, source, witness in _SAID
)
