"""The right class, written in another way: its number, other letters, another list's name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from ml_ci.parity.faults.fault import Described, Evidence, Remedy, Value, Variant
from ml_ci.parity.faults.observed_labels import observed
from ml_ci.parity.faults.reference import Reference
from ml_ci.steps import LABEL


@dataclass(frozen=True, kw_only=True)
class Writing:
    """A rule that makes a label of a class."""

    said: str
    template: str = "{name}"
    """Of the name, its number ``at`` and the ``next`` one."""
    change: Callable[[str], str] = str

    def __call__(self, name: str, at: int) -> str:
        return self.template.format(name=self.change(name), at=at, next=at + 1)


WRITINGS: Mapping[str, Writing] = {
    "number": Writing(said="the number of the class instead of its name", template="{at}"),
    "number from 1": Writing(
        said="the number of the class, counted from 1, instead of its name", template="{next}"
    ),
    "LABEL_n": Writing(said="`LABEL_0`, `LABEL_1`, … instead of names", template="LABEL_{at}"),
    "class_n": Writing(said="`class_0`, `class_1`, … instead of names", template="class_{at}"),
    "small": Writing(said="names in small letters", change=str.lower),
    "capitals": Writing(said="names in capitals", change=str.upper),
    "title": Writing(said="names with a capital in front", change=str.title),
    "underscores": Writing(
        said="names with _ instead of blanks", change=lambda name: name.replace(" ", "_")
    ),
    "blanks": Writing(
        said="names with blanks instead of _", change=lambda name: name.replace("_", " ")
    ),
    "stripped": Writing(said="names without the blanks around them", change=str.strip),
    "line end": Writing(said="names with the end of the line of a list", template="{name}\n"),
    "Windows line end": Writing(said="names with a carriage return", template="{name}\r"),
    "quoted": Writing(said="names in quotation marks", template='"{name}"'),
    "up to a point": Writing(
        said="names cut off at a point", change=lambda name: name.split(".")[0]
    ),
}


@dataclass(frozen=True, kw_only=True)
class OtherWriting(Described):
    """A rule makes the target's labels of the names."""

    rules: tuple[str, ...]

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """Those that change any name."""
        return [
            self._variant(rule)
            for rule in self.rules
            if _written(rule, reference.class_names) != list(reference.class_names)
        ]

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """Those that give what was seen."""
        seen = observed(evidence, reference)
        if seen is None:
            return []
        return [
            variant
            for variant in self.variants(reference)
            if _gives(str(variant.parameters["writing"]), seen, reference)
        ]

    def _variant(self, rule: str) -> Variant:
        def make(probabilities: NDArray[Any], reference: Reference) -> list[str]:
            return _named(_names(rule, reference), reference.labels(probabilities))

        return _variant(self.id, {"writing": rule}, WRITINGS[rule].said, make)


@dataclass(frozen=True, kw_only=True)
class OtherNames(Described):
    """Names that are none of ours and follow no rule."""

    def variants(self, reference: Reference) -> Iterable[Variant]:
        """None: they have to be seen."""
        del reference
        return []

    def fit(self, evidence: Evidence, reference: Reference) -> Iterable[Variant]:
        """What was seen, one name for every class."""
        seen = observed(evidence, reference)
        if seen is None or len(set(seen.values())) < len(seen):
            return []
        unknown = set(seen.values()) - set(reference.class_names)
        if len(seen) < 2 or not unknown:  # one name could be what everything is called
            return []
        if any(_gives(rule, seen, reference) for rule in WRITINGS):
            return []
        moved = {ours: theirs for ours, theirs in sorted(seen.items()) if ours != theirs}

        def make(probabilities: NDArray[Any], reference: Reference) -> list[str]:
            return _named(seen, reference.labels(probabilities))

        parameters = {"instead_of": tuple(moved), "told": tuple(moved.values())}
        said = ", ".join(f"{theirs} for {ours}" for ours, theirs in list(moved.items())[:4])
        return [_variant(self.id, parameters, f"names of another list: {said}", make)]


def _variant(fault: str, parameters: Mapping[str, Value], said: str, make: Any) -> Variant:
    return Variant(
        fault=fault,
        step=LABEL.name,
        parameters=parameters,
        said=said,
        remedy=Remedy(
            server="answer the class names as the exported model carries them, unchanged",
            script="name the folders of the training data as the server's list has them",
        ),
        make=make,
    )


def _written(rule: str, names: Sequence[str]) -> list[str]:
    return [WRITINGS[rule](name, at) for at, name in enumerate(names)]


def _names(rule: str, reference: Reference) -> dict[str, str]:
    names = reference.class_names
    return dict(zip(names, _written(rule, names), strict=True))


def _gives(rule: str, seen: Mapping[str, str], reference: Reference) -> bool:
    names = _names(rule, reference)
    return all(names.get(ours) == theirs for ours, theirs in seen.items())


def _named(names: Mapping[str, str], labels: Sequence[str]) -> list[str]:
    return [names.get(label, label) for label in labels]


_SYMPTOM = "no label is one of the script's, and each stands for one of them"
_NUMBERS = ("number", "number from 1", "LABEL_n", "class_n")
FAULTS = (
    OtherWriting(
        id="label-number",
        step=LABEL.name,
        title="Number of the class instead of its name",
        symptom=_SYMPTOM,
        source="plausible",
        witness="any picture",
        rules=_NUMBERS,
    ),
    OtherWriting(
        id="label-writing",
        step=LABEL.name,
        title="Names written in another way",
        symptom=_SYMPTOM,
        source="plausible",
        witness="a picture of a class whose name has capitals, blanks or the like",
        rules=tuple(rule for rule in WRITINGS if rule not in _NUMBERS),
    ),
    OtherNames(
        id="label-names",
        step=LABEL.name,
        title="Names of another list",
        symptom=_SYMPTOM,
        source="plausible",
        witness="pictures of several classes",
    ),
)
