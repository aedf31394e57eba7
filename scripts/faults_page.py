"""docs/faults.md, from the catalogue: ``python scripts/faults_page.py``; ``--check`` only looks.

The page is about every user's server, so nothing of params.yaml, data or weights goes into it: the
settings, classes and network that faults are shown for stand here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import torch
from torch import Tensor, nn

from ml_ci.data.decode import DecodeRule
from ml_ci.model.classifier import Ladder
from ml_ci.model.reference_steps import ReferenceSteps
from ml_ci.model.wrong_networks import WrongNetworks
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.parity.executor import StepError
from ml_ci.parity.faults.catalogue import catalogue
from ml_ci.parity.faults.fault import Fault, Parameter, Variant
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import STEP_OF

PAGE = Path("docs/faults.md")
RUN = "python scripts/faults_page.py"
USUAL = 6
"""Settings told of one fault; some have dozens that read alike."""
# Their order as text is not their order as numbers: there are faults in the difference.
CLASSES = tuple(str(number) for number in range(12))
SETTINGS = PreprocessSettings(
    orientation="exif",
    background=[255, 255, 255],
    fit="short_side_crop",
    size=[224, 224],
    resize_ratio=256 / 224,
    pad_colour=[0, 0, 0],
    channels=3,
    filter="bilinear",
    clamp=True,
    mean=[0.485, 0.456, 0.406],  # of ImageNet
    std=[0.229, 0.224, 0.225],
)
RULE = DecodeRule(
    orientation="exif",
    background=(255, 255, 255),
    max_bytes=20_000_000,
    max_side=10_000,
    max_pixels=50_000_000,
    max_aspect=100.0,
)

INTRODUCTION = """\
# Faults

<!-- Made from ml_ci/parity/faults by `{run}`; edit it there. -->

The {count} known mistakes by which serving departs from training, step by step of the ladder. When
a target differs, they are tried one by one and together to explain why; [the coverage of the golden
set](coverage.md) asks which of them it would notice.

Usual settings are shown for a picture of 224×224 made by `short_side_crop` and `bilinear`, for
ImageNet's mean and standard deviation, and for a network with layers of every kind. With your
params.yaml there may be others, and some cannot be. An *estimated* parameter is told from what the
target answered, within the bounds named. *Source* is where the mistake is known from; `plausible`
means that we know of no public report.
"""


class EveryLayer(nn.Module):
    """A layer of every kind that servers get wrong, as small as it can be."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.act = nn.ReLU()
        self.second = nn.Conv2d(6, 6, 3, padding=1)
        self.groups = nn.GroupNorm(2, 6)
        self.pool = nn.MaxPool2d(3, stride=3, ceil_mode=True)
        self.mean = nn.AdaptiveAvgPool2d(2)
        self.flat = nn.Flatten()
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(6 * 2 * 2, len(CLASSES))

    def forward(self, tensor: Tensor) -> Tensor:
        """N×3×S×S → N×12."""
        features = self.act(self.norm(self.first(tensor)))
        features = self.act(self.groups(self.second(features)))
        features = self.mean(self.pool(features))  # (N, 6, 2, 2)
        logits: Tensor = self.head(self.drop(self.flat(features)))
        return logits


def fixed_reference() -> Reference:
    """The same on every machine, whatever params.yaml says."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = EveryLayer().eval()
    return Reference(
        # Networks are asked whether they answer otherwise at all; no image climbs here
        executor=ReferenceSteps(Ladder(SETTINGS, network, CLASSES), RULE, _refused, StepError),
        networks=WrongNetworks(network, StepError),
        settings=SETTINGS,
        rule=RULE,
        class_names=CLASSES,
    )


def _refused(image: str) -> bytes:
    raise StepError(f"{image} is nowhere")


def page(faults: Sequence[Fault], reference: Reference) -> str:
    """The whole page, in the order of ``faults``."""
    parts = [INTRODUCTION.format(run=RUN, count=len(faults))]
    for step, those in groupby(faults, key=lambda fault: fault.step):
        parts.append(f"\n## {step}\n\nWhat stands there: {STEP_OF[step].holds}.\n")
        parts += [f"\n{_entry(fault, reference)}\n" for fault in those]
    return "".join(parts)


def _entry(fault: Fault, reference: Reference) -> str:
    variants = list(fault.variants(reference))
    heading = f"### {_title(fault)}\n\n`{fault.id}` — {_sentence(fault.symptom)}\n\n"
    return heading + "\n".join(f"- {line}" for line in _lines(fault, variants))


def _title(fault: Fault) -> str:
    return fault.title[:1].upper() + fault.title[1:]


def _lines(fault: Fault, variants: Sequence[Variant]) -> Iterator[str]:
    if variants:
        remedy = variants[0].remedy
        yield f"**Server:** {_sentence(remedy.server)}"
        if remedy.script:
            yield f"**Script:** {_sentence(remedy.script)}"
        yield f"**Usual settings:** {_usual(variants)}"
    else:
        yield "**Usual settings:** none; estimated from the evidence only"
    if fault.parameters:
        yield f"**Estimated:** {', '.join(_bounds(one) for one in fault.parameters)}"
    yield f"**Shown by:** {fault.witness}"
    yield f"**Source:** {fault.source}"


def _usual(variants: Iterable[Variant]) -> str:
    said = list(dict.fromkeys(variant.said for variant in variants))
    more = f"; and {len(said) - USUAL} more" if len(said) > USUAL else ""
    return "; ".join(said[:USUAL]) + more


def _bounds(parameter: Parameter) -> str:
    numbers = "whole numbers, " if parameter.whole else ""
    return f"{parameter.name} ({numbers}{parameter.low:g} to {parameter.high:g})"


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


def main(arguments: Sequence[str]) -> int:
    """Write the page, or with ``--check`` return 1 when it is not what it would be."""
    made = page(catalogue(), fixed_reference())
    if list(arguments) == ["--check"]:
        fresh = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == made
        print(f"{PAGE} is fresh" if fresh else f"{PAGE} is not what the catalogue says: run {RUN}")
        return 0 if fresh else 1
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
