"""The environment of two sides: what differs, in the order in which it can matter."""

from __future__ import annotations

import pytest

from ml_ci.environment import PACKAGES, PILLOW_PARTS, this_environment
from ml_ci.parity.check import Check
from ml_ci.parity.checks.environment import environment_checks
from ml_ci.parity.checks.relevance import DECODERS, RELEVANCE, matters
from ml_ci.steps import LADDER

OURS = {
    "system": "Debian 12",
    "machine": "x86_64",
    "processor": "Some CPU",
    "instruction sets": "avx2 avx512f sse4_1",
    "python": "3.11.7",
    "numpy": "2.4.6",
    "pillow": "13.0.0",
    "torch": "2.13.0",
    "pillow libjpeg_turbo": "3.1.2",
    "threads": "1",
    "probe jpeg 4:2:0": "0123456789abcdef",
    "probe jpeg 4:4:4": "1123456789abcdef",
    "probe webp lossy": "2123456789abcdef",
    "probe resized 83x61": "1.00 2.00",
    "model sha256": "a" * 64,
}
SERVER = {key: value for key, value in OURS.items() if key != "torch"} | {"onnxruntime": "1.31.1"}


def check(checks: tuple[Check, ...], name: str) -> Check:
    (found,) = [one for one in checks if one.name == name]
    assert "environment" == found.topic
    return found


def names(target: dict[str, str], first_step: str | None) -> list[str]:
    return [one.name for one in environment_checks(OURS, target, first_step)]


def test_environment_checks__of_the_same_machine() -> None:
    assert [
        ("decoder probes", "agrees", "all 3 decode to the same pixels on both sides"),
        ("resize probes", "agrees", "all 1 come out alike, within 0.05 grey level"),
        (
            "told by one side",
            "note",
            "only the reference has torch 2.13.0; only the target has onnxruntime 1.31.1",
        ),
        (
            "same entries",
            "agrees",
            "9 of 9 entries are the same: pillow libjpeg_turbo, pillow, threads, "
            "instruction sets, machine, processor, numpy, system, python",
        ),
    ] == [(one.name, one.outcome, one.evidence) for one in environment_checks(OURS, SERVER, None)]


@pytest.mark.parametrize(
    ("reference", "target", "side"),
    [pytest.param(OURS, {}, "target", id="target"), pytest.param({}, OURS, "reference", id="ours")],
)
def test_environment_checks__of_a_side_that_tells_nothing(
    reference: dict[str, str], target: dict[str, str], side: str
) -> None:
    (found,) = environment_checks(reference, target, "decoded")
    assert ("environment", "unknown") == (found.name, found.outcome)
    assert f"the {side} does not tell what it runs on" == found.evidence


OTHERS = SERVER | {
    "pillow libjpeg_turbo": "2.1.5",
    "threads": "4",
    "python": "3.12.1",
    "instruction sets": "avx2 fma sse4_1",
    "processor": "Other CPU",
}


@pytest.mark.parametrize(
    ("first_step", "expected"),
    [
        pytest.param(
            "decoded",
            ["decoder probes", "pillow libjpeg_turbo", "resize probes", "other entries"],
            id="decoded",
        ),
        pytest.param(
            "resized",
            [
                "resize probes",
                "threads",
                "instruction sets",
                "processor",
                "decoder probes",
                "other entries",
            ],
            id="resized",
        ),
        pytest.param(
            "logits",
            [
                "threads",
                "instruction sets",
                "processor",
                "decoder probes",
                "resize probes",
                "other entries",
            ],
            id="logits",
        ),
        pytest.param(
            "received", ["decoder probes", "resize probes", "other entries"], id="received"
        ),
        pytest.param(None, ["decoder probes", "resize probes", "other entries"], id="nowhere"),
    ],
)
def test_environment_checks__put_what_matters_in_front(
    first_step: str | None, expected: list[str]
) -> None:
    assert [*expected, "told by one side", "same entries"] == names(OTHERS, first_step)


def test_environment_checks__never_close_the_gate() -> None:
    strangers = dict.fromkeys(OURS, "other")
    for step in LADDER:
        found = environment_checks(OURS, strangers, step.name)
        assert "differs" not in {one.outcome for one in found}


def test_suspect__says_why_it_matters() -> None:
    found = check(environment_checks(OURS, OTHERS, "logits"), "threads")
    assert ("note", found.evidence) == (
        found.outcome,
        "the target has 4, the reference 1: sums are split among threads and added in that order",
    )


def test_suspect__names_only_the_instruction_sets_that_differ() -> None:
    found = check(environment_checks(OURS, OTHERS, "logits"), "instruction sets")
    assert found.evidence.startswith("the target lacks avx512f, the reference lacks fma: wider ")


def test_suspect__whose_probes_agree_is_hardly_one() -> None:
    found = check(environment_checks(OURS, OTHERS, "decoded"), "pillow libjpeg_turbo")
    assert found.evidence == (
        "the target has 2.1.5, the reference 3.1.2: it decodes JPEG; versions differ in inverse "
        "transform and chroma upsampling; "
        "but every probe of it decodes to the same pixels on both sides"
    )


def test_suspect__whose_probes_differ_stays_one() -> None:
    target = OTHERS | {"probe jpeg 4:4:4": "f" * 16}
    found = check(environment_checks(OURS, target, "decoded"), "pillow libjpeg_turbo")
    assert found.evidence.endswith("inverse transform and chroma upsampling")


def test_other_entries__are_told_in_one_row() -> None:
    found = check(environment_checks(OURS, OTHERS, "decoded"), "other entries")
    assert found.evidence == (
        "threads: the target has 4, the reference 1; "
        "instruction sets: the target lacks avx512f, the reference lacks fma; "
        "processor: the target has Other CPU, the reference Some CPU; "
        "python: the target has 3.12.1, the reference 3.11.7"
    )


def test_same_entries__of_sides_without_a_common_one() -> None:
    found = environment_checks({"python": "3"}, {"node": "22"}, None)[-1]
    assert ("unknown", "the sides tell nothing that can be compared") == (
        found.outcome,
        found.evidence,
    )


def test_same_entries__of_which_there_are_none() -> None:
    found = environment_checks({"python": "3"}, {"python": "2"}, None)[-1]
    assert ("note", "none of 1 entries is the same") == (found.outcome, found.evidence)


def test_environment_checks__of_a_hostile_side_stay_short() -> None:
    target = {f"x{number}\n": "y" * 10_000 for number in range(5000)}
    found = environment_checks(OURS, target, "decoded")
    assert len(found) < 10
    assert all("\n" not in one.evidence for one in found)


def test_relevance__knows_every_entry_that_we_record() -> None:
    recorded = set(this_environment(threads=1, torch=True).as_strings())
    recorded |= {*PACKAGES, *(f"pillow {part}" for part in PILLOW_PARTS)}
    unknown = {name for name in recorded if not name.startswith("probe ")} - RELEVANCE.keys()
    assert set() == unknown


def test_relevance__is_about_steps_of_the_ladder() -> None:
    steps = {step.name for step in LADDER}
    assert all(one.steps <= steps for one in RELEVANCE.values())


def test_decoders__are_entries_that_matter_or_cannot() -> None:
    assert all(entry in RELEVANCE for entries in DECODERS.values() for entry in entries)


@pytest.mark.parametrize(
    ("entry", "step", "expected"),
    [
        pytest.param("pillow libjpeg_turbo", "decoded", True, id="libjpeg and decoded"),
        pytest.param("pillow libjpeg_turbo", "logits", False, id="libjpeg and logits"),
        pytest.param("threads", "logits", True, id="threads and logits"),
        pytest.param("threads", "decoded", False, id="threads and decoded"),
        pytest.param("python", "logits", False, id="Python"),
        pytest.param("nobody's", "logits", False, id="unknown"),
        pytest.param("threads", None, False, id="no step"),
    ],
)
def test_matters__of(entry: str, step: str | None, expected: bool) -> None:
    assert expected == matters(entry, step)
