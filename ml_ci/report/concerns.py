"""Concerns: what closes no gate, and nobody should merge without having read.

Each is said in a few words in the first line of both comments, and in a sentence below it. Markdown
of our own words; what comes from data is made harmless before it is put in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ml_ci.changes.result import CommittedNumbers
from ml_ci.golden.result import Images
from ml_ci.report.check_names import AGAINST_BASE, DVC_LOCK, WARNING
from ml_ci.report.markdown import prose, safe
from ml_ci.report.schema import Engine, GateCheck, Report, Subset

NO_CONTAINER = "the container itself was not exercised"
STAND_IN = "on a stand-in for the container's base"
_SENTENCE = 600  # characters: a reason with the files it is about, of which there are a few
_SHORT_COMMIT = 10  # characters


@dataclass(frozen=True, kw_only=True)
class Concern:
    """One of them."""

    short: str
    """A few words for a first line; no markup, nothing from data."""
    sentence: str
    """Markdown: what it means, and what to do about it."""


def concerns_of(report: Report) -> tuple[Concern, ...]:
    """What a report gives rise to, the most important first."""
    changes, golden = report.changes, report.golden
    return (
        *_of_engine(report.engine),
        *(() if report.subset is None else _of_subset(report.subset)),
        *_of_base(report),
        *(_of_check(check, report) for check in report.gate if check.outcome == "warn"),
        *(() if golden is None else _of_golden_set(golden.images)),
        *(() if changes is None or changes.committed is None else _of_committed(changes.committed)),
    )


def in_short(concerns: Sequence[Concern], most: int = 3) -> str:
    """The first of them in a few words each, and how many more there are."""
    more = len(concerns) - most
    named = ", ".join(concern.short for concern in concerns[:most])
    return f"{named} and {more} more" if more > 0 else named


def _of_engine(engine: Engine) -> Iterator[Concern]:
    if not engine.container_exercised:
        yield Concern(
            short=NO_CONTAINER,
            sentence="**The container itself was not exercised.** What ships is the container: run "
            "this where there is an engine for it (`docs/docker.md`).",
        )
    elif engine.stand_in:
        yield Concern(
            short=STAND_IN,
            sentence="**The container was made on a stand-in for its base.** What ships is made "
            "from another one: run this where that can be pulled.",
        )


def _of_subset(subset: Subset) -> Iterator[Concern]:
    has = ", ".join(
        f"{split.images} of {split.whole} {safe(split.split)}"
        for split in subset.splits
        if split.images < split.whole
    )
    what = f"with {has} images" if has else "which has as many images as all of the data"
    trained = (
        " The network was trained on it, too, so nothing here says how good it would be with all "
        "of the data, and its numbers are not held against the base's."
        if subset.trained
        else ""
    )
    yield Concern(
        short="measured on a public subset",
        sentence=f"**Measured on a public subset of the data** (folder {safe(subset.folder)}), "
        f"{what}, because a fork may not read all of it.{trained} That dvc.lock and metrics/ are "
        "not of this run is no fault of the pull request. To measure it on all of the data, push "
        "the branch to this repository.",
    )


def _of_base(report: Report) -> Iterator[Concern]:
    base = report.base
    if base is None or base.commit is None:
        why = "the report names no base" if base is None else base.chosen
        yield Concern(
            short="nothing to compare with",
            sentence=f"**There is nothing to compare with:** {_text(why)}. Whether anything is "
            "worse than before is not known.",
        )
        return
    if base.note:
        yield Concern(
            short="another base than the one asked for",
            sentence="**The base is not the one that was asked for:** "
            f"{safe(base.commit[:_SHORT_COMMIT])}, {_text(base.chosen)}.",
        )
    if report.subset is not None and report.subset.trained:
        return  # whose numbers would not be held against the base's, whatever those are
    test = None if report.changes is None else report.changes.paired
    if base.source == "missing" or (report.changes is not None and test is None):
        yield Concern(
            short="the base has no numbers",
            sentence=f"**The base has no numbers to compare with:** {_text(base.sentence)}. "
            "Whether anything is worse than before is not known.",
        )
    elif test is not None and not test.images:
        yield Concern(
            short="no test image is that of the base",
            sentence="**No test image is the same as in the base:** whether the model is better or "
            "worse is not known.",
        )


def _of_check(check: GateCheck, report: Report) -> Concern:
    sentence = _text(check.sentence.removeprefix(WARNING))
    if check.name == AGAINST_BASE:
        return Concern(
            short="worse than the base",
            sentence=f"**Worse than the base:** {sentence}. The metrics comment lists the images.",
        )
    if check.name == DVC_LOCK:
        stale = report.lock is None or report.lock.outcome == "stale"
        short = f"{DVC_LOCK} is stale" if stale else f"{DVC_LOCK} may be stale"
        return Concern(short=short, sentence=f"**{short}:** {sentence}.")
    return Concern(short="a warning of the gate", sentence=f"**{safe(check.name)}:** {sentence}.")


def _of_golden_set(images: Images) -> Iterator[Concern]:
    gone = sum(change.allowed and change.kind != "renamed" for change in images.changes)
    if gone:
        what = f"{gone} golden image{'' if gone == 1 else 's'} gone or changed (allowed)"
        yield Concern(
            short=what,
            sentence=f"**{what}.** What they witnessed may be witnessed no more: the parity "
            "comment lists them.",
        )


def _of_committed(numbers: CommittedNumbers) -> Iterator[Concern]:
    commit = numbers.commit[:_SHORT_COMMIT]
    if numbers.state == "missing":
        short = "no committed numbers"
        what = f"{commit} has no numbers in `metrics/` that can be used:"
    elif numbers.state == "differs":
        short = "metrics/ is not what was measured"
        what = f"What {commit} has in `metrics/` is not what was measured here:"
    else:
        return
    yield Concern(
        short=short,
        sentence=f"**{what}** {_text(numbers.sentence)}. To take over what was measured: `ml-ci "
        "accept --run ID` with the number of the run, or `make repro` on your machine; then commit "
        "`dvc.lock` and `metrics/`.",
    )


def _text(text: str) -> str:
    return prose(text, _SENTENCE)
