"""An answer: label, probabilities and logits out of whatever JSON a server sends.

Where they lie is told by JMESPath expressions. Nothing in an answer is believed: whatever is not as
expected is one sentence with the expression and the beginning of what the server said.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jmespath
import numpy as np
from jmespath.exceptions import JMESPathError
from numpy.typing import NDArray

from ml_ci.params.predict import AnswerSettings
from ml_ci.rung import Recorded, record_array, record_text
from ml_ci.steps import LABEL, LOGITS, PROBABILITIES, Step
from ml_ci.targets.client import TargetError

_ONE_OF = {PROBABILITIES.name: "probability", LOGITS.name: "logit"}
_LARGEST = float(np.finfo(np.float32).max)
_SHOWN_CHARACTERS = 60  # of a value in an answer, this many are shown


@dataclass(frozen=True, kw_only=True)
class AnswerReader:
    """Finds label, probabilities and logits in the answers of one server."""

    settings: AnswerSettings
    classes: tuple[str, ...] | None
    """The model's, in the order of its logits; None takes any number of numbers, in any order."""

    def read(self, document: Any) -> dict[str, Recorded]:
        """What the answer tells, by step; numbers are float32 K in the order of the classes.

        An answer without a label gets the class with the largest number. Raises TargetError.
        """
        label = None
        if self.settings.label is not None:
            label = self._label(self._find(document, LABEL, self.settings.label))
        numbers = {
            step: self._numbers(self._find(document, step, expression), step, expression)
            for step, expression in (
                (PROBABILITIES, self.settings.probabilities),
                (LOGITS, self.settings.logits),
            )
            if expression is not None
        }
        if label is None:
            best = int(np.argmax(next(iter(numbers.values()))))
            label = self._class_at(best)
        rungs = {step.name: record_array(array) for step, array in numbers.items()}
        return {**rungs, LABEL.name: _recorded_label(label)}

    def _find(self, document: Any, step: Step, expression: str) -> Any:
        try:
            found = jmespath.compile(expression).search(document)
        except (JMESPathError, RecursionError) as error:
            words = " ".join(str(error).split())
            raise TargetError(
                f"`{expression}` cannot be applied to the answer ({words[:200]}), "
                f"which begins with {_beginning(document)}"
            ) from None
        if found is None:
            kind = "" if step is LABEL else "list of "
            raise TargetError(
                f"the prediction has no {kind}`{step.name}` at `{expression}`; "
                f"the answer begins with {_beginning(document)}"
            )
        return found

    def _label(self, found: Any) -> str:
        expression = self.settings.label
        if self.settings.label_as == "index":
            return self._class_at(_index(found, f"the label at `{expression}`"))
        if not isinstance(found, str):
            raise TargetError(
                f"the prediction has no `label` at `{expression}` that is text, but "
                f"{_beginning(found)}; for a class's number set `label_as: index`"
            )
        return found

    def _numbers(self, found: Any, step: Step, expression: str) -> NDArray[np.float32]:
        """float32 K."""
        if isinstance(found, dict) and self.classes is not None:
            numbers = self._by_class(list(found.items()), self.classes, step, expression)
        elif self._holds_pairs(found) and self.classes is not None:
            numbers = self._by_class(found, self.classes, step, expression)
        elif isinstance(found, list) and found:
            self._check_count(found, step, expression)
            numbers = found
        else:
            raise TargetError(
                f"the prediction has no list of `{step.name}` at `{expression}`, "
                f"but {_beginning(found)}"
            )
        return _float32(numbers, step)

    def _holds_pairs(self, found: Any) -> bool:
        """Whether it is meant as pairs: then it begins with a list of a class and something."""
        if not (isinstance(found, list) and found and isinstance(found[0], list)):
            return False
        kind = int | str if self.settings.label_as == "index" else str
        return len(found[0]) == 2 and isinstance(found[0][0], kind)

    def _check_count(self, found: list[Any], step: Step, expression: str) -> None:
        if len(found) == 1 and isinstance(found[0], list):
            raise TargetError(
                f"`{expression}` gives the {step.name} inside another list; "
                f"`({expression})[0]` gives the inner one"
            )
        if self.classes is not None and len(found) != len(self.classes):
            raise _wrong_count(len(found), len(self.classes), step, expression)

    def _by_class(
        self,
        pairs: Sequence[Sequence[Any]],
        classes: tuple[str, ...],
        step: Step,
        expression: str,
    ) -> list[Any]:
        """The numbers of [class, number] pairs in the order of ``classes``."""
        numbers: dict[str, Any] = {}
        for pair in pairs:
            name = self._class_name(pair, classes, expression)
            if name in numbers:
                raise TargetError(f"`{expression}` gives the class {_beginning(name)} twice")
            numbers[name] = pair[1]
        if len(numbers) != len(classes):
            raise _wrong_count(len(numbers), len(classes), step, expression)
        return [numbers[name] for name in classes]

    def _class_name(self, pair: Any, classes: tuple[str, ...], expression: str) -> str:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise TargetError(f"`{expression}` gives {_beginning(pair)} among [class, number]")
        if self.settings.label_as == "index":
            return self._class_at(_index(pair[0], f"a class at `{expression}`"))
        if pair[0] not in classes:
            raise TargetError(
                f"`{expression}` gives the class {_beginning(pair[0])}, which the model does not "
                f"know; it knows {', '.join(classes)[:200]}"
            )
        return str(pair[0])

    def _class_at(self, index: int) -> str:
        if self.classes is None:
            raise TargetError("without the model's classes a class cannot be told by its index")
        if not 0 <= index < len(self.classes):
            raise TargetError(
                f"the answer tells class {str(index)[:_SHOWN_CHARACTERS]}, the model's "
                f"{len(self.classes)} classes are 0 to {len(self.classes) - 1}"
            )
        return self.classes[index]


def _recorded_label(label: str) -> Recorded:
    try:
        return record_text(label)
    except UnicodeEncodeError:
        raise TargetError("the label is no valid Unicode text") from None


def _float32(numbers: list[Any], step: Step) -> NDArray[np.float32]:
    """float32 K. bool is an int to Python and no number in JSON, hence `type`."""
    for index, number in enumerate(numbers):
        if type(number) not in (int, float) or not abs(number) <= _LARGEST:
            raise TargetError(
                f"{_ONE_OF[step.name]} {index} is no float32 number: {_beginning(number)}"
            )
    return np.array(numbers, dtype=np.float64).astype(np.float32)


def _index(value: Any, what: str) -> int:
    """A class's number: an integer, also as 3.0 or "3", which some frameworks send."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    # No class has a number of more digits, and Python refuses very long ones
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    raise TargetError(f"{what} is no index, but {_beginning(value)}")


def _wrong_count(count: int, classes: int, step: Step, expression: str) -> TargetError:
    hint = f"; a server that tells only the best classes needs `{step.name}: null`"
    return TargetError(
        f"`{expression}` gives {count} {step.name}, the model has {classes} classes"
        f"{hint if count < classes else ''}"
    )


def _beginning(value: Any) -> str:
    """JSON of a value, cut: enough to recognise it."""
    text = ""
    try:
        for piece in json.JSONEncoder(ensure_ascii=False).iterencode(value):
            text += piece[: _SHOWN_CHARACTERS + 1]
            if len(text) > _SHOWN_CHARACTERS:
                text = f"{text[: _SHOWN_CHARACTERS - 1]}…"
                break
    except RecursionError:
        text += "…"
    return text.encode("utf-8", errors="replace").decode("utf-8")  # half a surrogate pair is none
