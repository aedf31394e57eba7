"""Transit: what became of the bytes between whoever sent them and the side that received them.

One check for each kind of change, told over all images. A change after which every picture is the
same, pixel by pixel, is a note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ml_ci.data.passage import Passage
from ml_ci.parity.check import Check, Outcome
from ml_ci.parity.checks.transit_kinds import KINDS, Kind
from ml_ci.parity.checks.wording import counted, named, quoted
from ml_ci.rung import Rung
from ml_ci.steps import RECEIVED

_GROUPS = 3  # of the ways in which one kind happened, the most frequent are told


@dataclass(frozen=True, kw_only=True)
class Transit:
    """What is known about one target's bytes, by image name."""

    sent: Mapping[str, Rung]
    """`received` of whoever read the files that were sent."""
    received: Mapping[str, Rung]
    """`received` of the target, as far as it recorded it."""
    passages: Mapping[str, Passage]
    """Of images that arrived as other bytes, where these are known and not only their hash."""
    same_pixels: Collection[str]
    """Images that are the same at `image` on both sides, whatever happened before."""

    def checks(self) -> tuple[Check, ...]:
        """At least one: that everything arrived as it was sent, or that this is not known."""
        others = [name for name in self.sent if self._arrived_as(name) == "another"]
        if not others:
            return (self._nothing_changed(),)
        exchanged = self._exchanged(others)
        rest = [name for name in others if name not in exchanged]
        known = {name: self.passages[name] for name in rest if name in self.passages}
        checks = [check for kind in KINDS if (check := self._kind(kind, known)) is not None]
        explained = {name for kind in KINDS for name, one in known.items() if kind.says(one)}
        return (
            *([self._exchange(exchanged)] if exchanged else []),
            *checks,
            *self._unexplained([name for name in known if name not in explained]),
            *self._hashes_only([name for name in rest if name not in known]),
        )

    def _arrived_as(self, name: str) -> str:
        rung = self.received.get(name)
        if rung is None:
            return "unknown"
        return "sent" if rung.sha256 == self.sent[name].sha256 else "another"

    def _nothing_changed(self) -> Check:
        total = len(self.sent)
        recorded = sum(self._arrived_as(name) == "sent" for name in self.sent)
        if not recorded:
            return _check("bytes", "unknown", "the target does not record what it received")
        sentence = f"the bytes arrived as they were sent {counted(recorded, total)}"
        if recorded < total:
            sentence += "; of the others the target did not record what it received"
            return _check("bytes", "unknown", sentence)
        return _check("bytes", "agrees", sentence)

    def _exchanged(self, others: Sequence[str]) -> dict[str, str]:
        """Image → the image whose bytes arrived in its place."""
        owner = {rung.sha256: name for name, rung in self.sent.items()}
        pairs = ((name, owner.get(self.received[name].sha256)) for name in others)
        return {name: other for name, other in pairs if other is not None}

    def _exchange(self, exchanged: Mapping[str, str]) -> Check:
        pairs = [f"{quoted(other)} for {quoted(name)}" for name, other in exchanged.items()]
        where = counted(len(exchanged), len(self.sent))
        return _check(
            "exchanged", "differs", f"the bytes of another image arrived {where}: {named(pairs)}"
        )

    def _kind(self, kind: Kind, passages: Mapping[str, Passage]) -> Check | None:
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for name, passage in passages.items():
            words = kind.says(passage)
            if words is not None:
                groups[words].append(name)
        if not groups:
            return None
        happened = [name for names in groups.values() for name in names]
        outcome: Outcome = "note" if kind.harmless else self._outcome(happened)
        evidence = f"{counted(len(happened), len(self.sent))}: {_told(groups)}"
        detail = kind.detail([passages[name] for name in happened]) if kind.detail else ""
        return _check(kind.name, outcome, f"{evidence}; {detail}" if detail else evidence)

    def _outcome(self, names: Sequence[str]) -> Outcome:
        harmed = [
            name
            for name in names
            if name not in self.same_pixels
            and not (name in self.passages and self.passages[name].seen_equal)
        ]
        return "differs" if harmed else "note"

    def _unexplained(self, names: Sequence[str]) -> list[Check]:
        if not names:
            return []
        where = counted(len(names), len(self.sent))
        sentence = f"{where}: in no way that is known here ({named(names)})"
        return [_check("other bytes", self._outcome(names), sentence)]

    def _hashes_only(self, names: Sequence[str]) -> list[Check]:
        if not names:
            return []
        changes = [_size(self.received[name]) - _size(self.sent[name]) for name in names]
        sizes = {
            "shorter": sum(change < 0 for change in changes),
            "longer": sum(change > 0 for change in changes),
            "as long": changes.count(0),
        }
        told = ", ".join(f"{count} {word}" for word, count in sizes.items() if count)
        where = counted(len(names), len(self.sent))
        sentence = f"other bytes arrived {where} ({told}); only their hashes are known"
        return [_check("bytes", self._outcome(names), f"{sentence}: {named(names)}")]


def _size(rung: Rung) -> int:
    """In bytes; what a foreign trace says of its shape may be anything."""
    return rung.shape[0] if rung.shape else 0


def _told(groups: Mapping[str, Sequence[str]]) -> str:
    """The words of each group with its images, the largest groups first."""
    largest = sorted(groups.items(), key=lambda group: -len(group[1]))
    if len(largest) == 1:
        ((words, names),) = largest
        return f"{words} ({named(names)})"
    told = [f"{words} ({len(names)}: {named(names)})" for words, names in largest[:_GROUPS]]
    rest = sum(len(names) for _, names in largest[_GROUPS:])
    return "; ".join(told + [f"in other ways ({rest})"] * bool(rest))


def _check(name: str, outcome: Outcome, evidence: str) -> Check:
    return Check(topic="transit", name=name, outcome=outcome, step=RECEIVED.name, evidence=evidence)
