"""A side to compare, by its name or by a folder: what it recorded, and what else is known of it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import sha256_of_file
from ml_ci.artifacts.inquiry import Inquiry, InvariantsRecord, nothing_asked, synthetic_not_asked
from ml_ci.artifacts.model_facts import ModelFacts, facts_of_environment
from ml_ci.artifacts.records import ReferenceRecord, ReplayRecord
from ml_ci.data.samples import read_golden
from ml_ci.errors import UserError
from ml_ci.measurement import load_measurement
from ml_ci.targets.dump import Golden, read_dump
from ml_ci.trace.layout import TRACE_FILE, TraceHeader
from ml_ci.trace.reading import Trace

OTHERWISE = "it was asked against the reference, and here it is held against another side"
TRACES_ALONE = "only what was recorded is compared here"
_DUMPED = ("*.npy", "*.npz")


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of two."""

    trace: Trace
    problems: tuple[str, ...] = ()
    """What could not be used of a dump."""
    facts: ModelFacts
    """What it says of its model."""
    inquiry: Inquiry
    """What asking it more showed in the last run, where the trace is of that run."""
    invariants: InvariantsRecord | None = None
    """The reference's own."""

    @property
    def is_reference(self) -> bool:
        """Whether it is what the last run measured of the reference."""
        return self.invariants is not None

    def asked_against(self, other: Side) -> Inquiry:
        """What asking it showed; of what is about the reference nothing where ``other`` is not."""
        if other.is_reference:
            return self.inquiry
        about_reference = {
            "synthetic": synthetic_not_asked(OTHERWISE),
            "accuracy": None,
            "accuracy_not_asked": OTHERWISE,
        }
        return self.inquiry.model_copy(update=about_reference)


def open_side(name: str, class_names: tuple[str, ...], kept: ExitStack) -> Side:
    """The side ``name``: a target, or a folder with a trace or with what a device wrote.

    A dump is read into a temporary trace that lives as long as ``kept`` is open. Raises UserError
    when there is nothing.
    """
    for folder in (paths.trace_folder(name), Path(name)):
        if (folder / TRACE_FILE).is_file():
            return _recorded(Trace.open(folder))
    for folder in (paths.dump_folder(name), Path(name)):
        if any(next(folder.rglob(kind), None) is not None for kind in _DUMPED):
            return _dumped(folder, class_names, Path(kept.enter_context(TemporaryDirectory())))
    known = sorted(path.parent.name for path in paths.TRACES.glob(f"*/{TRACE_FILE}"))
    what_else = f"a folder with a {TRACE_FILE}, or with .npy files as docs/device.md names them"
    raise UserError(
        what=f"nothing was recorded of {name!r}",
        where=f"{paths.trace_folder(name)}, {paths.dump_folder(name)} and {name}",
        fix=f"name one of {', '.join(known)}, or {what_else}"
        if known
        else f"run `make repro`, which records every target, or name {what_else}",
    )


def _recorded(trace: Trace) -> Side:
    """With what the last run measured beside this very trace."""
    sha256 = sha256_of_file(trace.folder / TRACE_FILE)
    plain = _plain(trace)
    try:
        reference = load_measurement("reference", ReferenceRecord).result
        if reference.trace_sha256 == sha256:
            return Side(
                trace=trace,
                facts=reference.facts,
                inquiry=plain.inquiry,
                invariants=reference.invariants,
            )
        targets = load_measurement("replay", ReplayRecord).result.targets
    except UserError:  # nothing is measured, or of something else: the trace is all there is
        return plain
    inquiry = next((one.inquiry for one in targets if one.trace_sha256 == sha256), None)
    if inquiry is None:
        return plain
    return Side(trace=trace, facts=inquiry.facts, inquiry=inquiry)


def _dumped(folder: Path, class_names: tuple[str, ...], out: Path) -> Side:
    images = [sample.name for sample in read_golden(paths.GOLDEN)]
    header = TraceHeader(target=folder.name, receipt="", created="")
    golden = Golden(images=images, class_names=class_names)
    found = read_dump(folder, out / folder.name, header, golden)
    side = _plain(Trace.open(out / folder.name))
    return Side(trace=side.trace, problems=found.problems, facts=side.facts, inquiry=side.inquiry)


def _plain(trace: Trace) -> Side:
    facts = facts_of_environment(trace.environment)
    return Side(trace=trace, facts=facts, inquiry=nothing_asked(facts, TRACES_ALONE))
