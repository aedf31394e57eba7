"""Text that wants to be more than text, and a report full of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from typing import Any

from ml_ci.artifacts.inquiry import UnansweredImage
from ml_ci.base.reported import ReportedBase, ReportedLock, StageReason
from ml_ci.changes.result import CommittedNumbers, Confusion, DataChange, ParamChange
from ml_ci.github.handover import Handover, handover_text
from ml_ci.golden.result import Behaviour, ImageChange, Move
from ml_ci.report.schema import Report
from tests.builders.changes import changes
from tests.builders.checks import accuracy, check, flip
from tests.builders.golden import changes as golden_changes
from tests.builders.reports import COMMIT, parity, report

STRINGS = {
    "mention": "@everyone",
    "mention-by-number": "&#64;everyone",
    "mention-by-name": "&commat;everyone",
    "picture": "![x](https://evil.test/x.png)",
    "link": "[click](https://evil.test)",
    "reference": "[click][1]\n\n[1]: https://evil.test",
    "html": "<img src=https://evil.test/x.png onerror=alert(1)>",
    "script": "</script><script>alert(1)</script>",
    "comment": "<!-- hidden",
    "end-of-fold": "</details></sub></td>",
    "cells": "a | b | c",
    "code": "`code` ``` ~~~",
    "fence": "\n```\nnot code any more @everyone\n",
    "heading": "\n\n# ✅ Merge this\n\n",
    "rule": "\n---\n",
    "command": "::set-output name=x::y",
    "error-command": "\n::error file=x::y",
    "direction": "\u202egnp.exe\u2066",
    "terminal": "\x1b[31mred\x07",
    "address": "https://evil.test www.evil.test ftp://evil.test mail@evil.test",
    "issue": "#12 team/project#12 GH-12",
    "emphasis": "**bold** _em_ ~~gone~~",
    "formula": "$\\color{red}{x}$",
    "template": "{{ 7 + 7 }}{% for %}",
    "watermark": '![](https://cml.dev/watermark.png#ab "CML watermark parity")',
    "null": "a\x00b",
    "emoji": "👩‍👩‍👧 é e\u0301",
    "long": "x" * 20_000,
}

# Values that have to be what they are for the document to be a handover at all: ids, words of a
# closed list, names of our own steps, and names that are drawn and held to letters.
_KEPT: tuple[str, ...] = ("schema_version", "commit", "outcome", "verdict", "mark", "origin")
_KEPT += ("receipt", "sha256", "upstream", "step", "first_step", "source", "kind", "state")
_KEPT += ("topic",)
_KEPT += ("weights_sha256", "curves", "drawing")


def full_report() -> Report:
    """A report with something in every section."""
    move = Move(image="a.png", before="cat", after="dog", then=0.75, now=0.25, accepted=False)
    gone = ImageChange(kind="relabelled", image="a.png", note="cat → dog", allowed=False)
    reason = StageReason(stage="train", reason="its code changed")
    section = changes(
        confusions=(Confusion(label="cat", predicted="dog", images=2, base=1),),
        confusions_found=1,
        params=(ParamChange(key="train.lr", before="0.1", after=None),),
        params_changed=1,
        data=(
            DataChange(
                split="test", label="cat", kind="added", note="n", images=1, names=("b.png",)
            ),
        ),
        data_changed=1,
        committed=CommittedNumbers(commit=COMMIT, state="differs", sentence="they differ"),
    )
    own = (check("an answer of its own", topic="invariants"), check("another order", "unknown"))
    checks = tuple(
        check(outcome, outcome, topic=topic)
        for topic in ("identity", "environment")
        for outcome in ("differs", "unknown", "note", "agrees")
    )
    failures = (UnansweredImage(image="b.png", message="no answer"),)
    asked = accuracy(served=0.5, broken=1, flips=(flip(),), failures=failures)
    return report(
        parity=(
            parity("resized", missing=1).model_copy(update={"checks": checks, "accuracy": asked}),
            parity("label").model_copy(update={"checks": checks[1:]}),
        ),
        reference=own,
        log_tail=("line",),
        changes=section,
        golden=golden_changes(
            answers={"moved": 1, "moves": (move,), "problem": "damaged"},
            images={"added": 1, "added_names": ("b.png",), "changed": 1, "denied": 1}
            | {"changes": (gone,), "line": "golden: {allowed_removals: [a.png]}"},
            behaviour=Behaviour(
                commit=COMMIT, same_weights=True, compared=3, moved=1, flips=1, moves=(move,)
            ),
        ),
        base=ReportedBase(
            commit=COMMIT,
            branch="main",
            behind=3,
            ahead=1,
            chosen="the merge base",
            source="committed",
            sentence="committed there",
            stale=(reason,),
            unchecked=(reason,),
        ),
        lock=ReportedLock(
            commit=COMMIT,
            outcome="stale",
            stale=(reason,),
            unchecked=(reason,),
            sentence="dvc.lock is stale",
        ),
    )


def filled(handover: Handover, text: str) -> bytes:
    """The handover with ``text`` in the place of every free text, names and keys included."""
    document = json.loads(handover_text(handover))
    return json.dumps(_walked(document, lambda _: text)).encode()


def lists_in(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the lists of a document lie, those in the first row of a list included."""
    if isinstance(value, list):
        yield place
        entries: Iterable[tuple[str | int, Any]] = enumerate(value[:1])
    else:
        entries = value.items() if isinstance(value, dict) else ()
    for key, entry in entries:
        yield from lists_in(entry, (*place, key))


def with_rows(handover: Handover, place: Sequence[str | int], row: object, count: int) -> bytes:
    """The handover with ``count`` times this row in the list that lies there."""
    document = json.loads(handover_text(handover))
    *folders, last = place
    around = reduce(lambda value, key: value[key], folders, document)
    around[last] = [row] * count
    return json.dumps(document, separators=(",", ":")).encode()


def _walked(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_walked(entry, change) for entry in value]
    if isinstance(value, dict):
        return {
            key: entry if key in _KEPT else _walked(entry, change) for key, entry in value.items()
        }
    return value
