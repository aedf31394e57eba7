"""Layers without weights that are others than the network's."""

from __future__ import annotations

from ml_ci.parity.faults.wrong_networks import NumberedNetwork, WrongNetwork
from ml_ci.steps import LOGITS

_PLAUSIBLE = "plausible"
_ANY = "any picture"
_EXPORT = "export the network as ml-ci does, instead of rebuilding it by hand: "
_ACTIVATIONS = (
    "ReLU",
    "ReLU6",
    "GELU",
    "GELU by tanh",
    "SiLU",
    "hard swish",
    "ELU",
    "softplus",
)

FAULTS = (
    WrongNetwork(
        id="activation-missing",
        step=LOGITS.name,
        title="Activations left out",
        symptom="accuracy down to chance or a little better",
        source=_PLAUSIBLE,
        witness=_ANY,
        names=("activation: left out",),
        saying="activations left out",
        server=f"{_EXPORT}put the activations back",
    ),
    WrongNetwork(
        id="activation-other",
        step=LOGITS.name,
        title="Another activation",
        symptom="accuracy down, sometimes by little",
        source=_PLAUSIBLE,
        witness=_ANY,
        names=tuple(f"activation: {name}" for name in _ACTIVATIONS),
        saying="{} as the activation",
        server=f"{_EXPORT}use the activation it was trained with",
        script="use the server's activation in ml_ci/model/network.py and train again",
    ),
    NumberedNetwork(
        id="activation-leaky",
        step=LOGITS.name,
        title="Leaky ReLU, or another slope of it",
        symptom="logits off by some percent",
        source=_PLAUSIBLE,
        witness=_ANY,
        prefixes=("activation: leaky ",),
        number="slope",
        low=1e-4,
        high=0.9,
        saying="leaky ReLU with a slope of {}",
        server=f"{_EXPORT}use the activation and the slope it was trained with",
        script="use the server's slope in ml_ci/model/network.py and train again",
    ),
    WrongNetwork(
        id="pooling-other",
        step=LOGITS.name,
        title="Average instead of largest in pooling, or the reverse",
        symptom="accuracy down",
        source=_PLAUSIBLE,
        witness=_ANY,
        names=("pooling: average", "pooling: largest"),
        saying="pooling takes the {}",
        server=f"{_EXPORT}use the pooling it was trained with",
    ),
    WrongNetwork(
        id="pooling-edges",
        step=LOGITS.name,
        title="Edges of pooling",
        symptom="logits off by some percent, more for what lies at the edges",
        source=_PLAUSIBLE,
        witness="a picture with something at its edges",
        names=("pooling: sides rounded the other way", "pooling: padding counted the other way"),
        saying="pooling with {}",
        server=f"{_EXPORT}keep `ceil_mode` and `count_include_pad`",
    ),
    WrongNetwork(
        id="padding-other",
        step=LOGITS.name,
        title="Padding of convolutions",
        symptom="logits off by some percent, more for what lies at the edges",
        source=_PLAUSIBLE,
        witness="a picture with something at its edges",
        prefixes=("padding: ",),
        saying="convolutions padded in another way: {}",
        server=f"{_EXPORT}pad evenly as torch does; TensorFlow's `same` pads bottom and right "
        "first where the stride is 2",
    ),
    WrongNetwork(
        id="dropout-scaled",
        step=LOGITS.name,
        title="Dropout's scale applied while serving",
        symptom="logits smaller by one factor, labels the same",
        source=_PLAUSIBLE,
        witness=_ANY,
        names=("dropout: scaled",),
        saying="features multiplied by 1 − p where training had dropout",
        server="remove the factor: torch scales while training",
    ),
    WrongNetwork(
        id="flatten-order",
        step=LOGITS.name,
        title="Features flattened in another order",
        symptom="accuracy down to chance",
        source=_PLAUSIBLE,
        witness=_ANY,
        names=("flatten: channels last",),
        saying="features flattened channels last before the linear layer",
        server="turn features to N×C×H×W before flattening, or reorder the linear layer's weights",
    ),
)
