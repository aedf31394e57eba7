"""The golden set: whether both sides answered all of it, and about the same pictures.

What became of bytes that did not arrive as they were sent is told in ``transit``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ml_ci.parity.check import Check, Outcome
from ml_ci.parity.checks.wording import counted, named, quoted
from ml_ci.steps import IMAGE, RECEIVED
from ml_ci.trace.reading import Trace

_STEPS = {"golden content": RECEIVED.name, "bytes received": RECEIVED.name, "pixels": IMAGE.name}


def golden_checks(golden: Mapping[str, str], reference: Trace, target: Trace) -> tuple[Check, ...]:
    """``golden`` is name → SHA-256 in the manifest, for every image of the set."""
    names = list(golden)
    received = _compare(RECEIVED.name, names, reference, target)
    seen = _compare(IMAGE.name, names, reference, target)
    return (
        _complete(names, reference, target),
        _content(golden, reference),
        _check("bytes received", *received.judged(harmless=seen.same)),
        _check("pixels", *seen.judged(harmless=())),
    )


def _complete(names: Sequence[str], reference: Trace, target: Trace) -> Check:
    missing = [
        sentence
        for side, trace in (("target", target), ("reference", reference))
        if (sentence := _not_answered(side, names, trace))
    ]
    golden = set(names)
    extra = [name for name in target.images if name not in golden]
    others = (
        [f"the target recorded {len(extra)} that are not in it: {named(extra)}"] if extra else []
    )
    if missing:
        return _check("golden set", "unknown", "; ".join(missing + others))
    whole = f"all {len(names)} images of the golden set were answered by both sides"
    return _check("golden set", "note" if extra else "agrees", "; ".join([whole, *others]))


def _not_answered(side: str, names: Sequence[str], trace: Trace) -> str:
    """Empty when ``side`` answered everything."""
    failures = trace.failures
    recorded = set(trace.images)
    failed = [name for name in names if name in failures or name not in recorded]
    if not failed:
        return ""
    why = failures.get(failed[0])
    because = f" ({quoted(failed[0])}: {why})" if why else ""
    where = counted(len(failed), len(names))
    return f"the {side} gave no answer {where}: {named(failed)}{because}"


def _content(golden: Mapping[str, str], reference: Trace) -> Check:
    """The reference read the files that the manifest names, not others of the same names."""
    read = {name: _hash(reference, name, RECEIVED.name) for name in golden}
    unknown = [name for name, sha256 in read.items() if sha256 is None]
    others = [name for name, sha256 in read.items() if sha256 not in (None, golden[name])]
    if others:
        where = counted(len(others), len(golden))
        sentence = f"the reference read another content than the manifest's {where}: "
        return _check("golden content", "differs", sentence + named(others))
    if unknown:
        where = counted(len(unknown), len(golden))
        sentence = f"the reference did not record what it read {where}: {named(unknown)}"
        return _check("golden content", "unknown", sentence)
    sentence = f"the reference read the content of the manifest {counted(len(read), len(golden))}"
    return _check("golden content", "agrees", sentence)


@dataclass(frozen=True, kw_only=True)
class _Compared:
    """One exact rung on both sides, by hash: image names."""

    same: tuple[str, ...]
    others: tuple[str, ...]
    unknown: tuple[str, ...]
    """Not recorded by a side."""

    def judged(self, harmless: Sequence[str]) -> tuple[Outcome, str]:
        """Other hashes on images that are all ``harmless`` are a note."""
        total = len(self.same) + len(self.others) + len(self.unknown)
        if len(self.unknown) == total:
            return "unknown", "it is not recorded on both sides"
        sentences = [f"the same {counted(len(self.same), total)}"]
        outcome: Outcome = "unknown" if self.unknown else "agrees"
        if self.others:
            outcome = "note" if set(self.others) <= set(harmless) else "differs"
            pixels = ", with the same pixels" if outcome == "note" else ""
            where = counted(len(self.others), total)
            sentences += [f"another {where}{pixels}: {named(self.others)}"]
        if self.unknown:
            sentences += [f"not recorded {counted(len(self.unknown), total)}"]
        return outcome, "; ".join(sentences)


def _compare(step: str, names: Sequence[str], reference: Trace, target: Trace) -> _Compared:
    pairs = {name: (_hash(reference, name, step), _hash(target, name, step)) for name in names}
    unknown = tuple(name for name, pair in pairs.items() if None in pair)
    same = tuple(name for name, (ours, theirs) in pairs.items() if None is not ours == theirs)
    rest = set(names).difference(unknown, same)
    others = tuple(name for name in names if name in rest)
    return _Compared(same=same, others=others, unknown=unknown)


def _hash(trace: Trace, image: str, step: str) -> str | None:
    rung = trace.rungs(image).get(step) if image in trace else None
    return None if rung is None else rung.sha256


def _check(name: str, outcome: Outcome, evidence: str) -> Check:
    return Check(
        topic="identity", name=name, outcome=outcome, step=_STEPS.get(name), evidence=evidence
    )
