"""Probe checks: the same version and other pixels is said aloud."""

from __future__ import annotations

import pytest

from ml_ci.parity.checks.probe_check import decoder_check, probes_agree, resize_check

OURS = {
    "pillow": "13.0.0",
    "pillow libjpeg_turbo": "3.1.2",
    "pillow webp": "1.6.0",
    "probe jpeg 4:2:0": "0" * 16,
    "probe jpeg 4:4:4": "1" * 16,
    "probe png alpha": "2" * 16,
    "probe webp lossy": "3" * 16,
    "probe resized 83x61": "1.00 2.00",
    "probe resized 9x7": "3.00 4.00",
}
OTHER_JPEG = {"probe jpeg 4:2:0": "a" * 16}


@pytest.mark.parametrize(
    ("change", "outcome", "evidence"),
    [
        pytest.param({}, "agrees", "all 4 decode to the same pixels on both sides", id="same"),
        pytest.param(
            OTHER_JPEG,
            "note",
            "THE SAME VERSION, OTHER PIXELS: both sides have pillow 13.0.0, "
            "pillow libjpeg_turbo 3.1.2, and yet 1 of 4 decode to other pixels: jpeg 4:2:0",
            id="same version",
        ),
        pytest.param(
            OTHER_JPEG | {"pillow libjpeg_turbo": "2.1.5"},
            "note",
            "1 of 4 decode to other pixels: jpeg 4:2:0 "
            "(pillow libjpeg_turbo is 2.1.5, the reference has 3.1.2)",
            id="another version",
        ),
        pytest.param(
            OTHER_JPEG | {"pillow webp": "1.5.0"},
            "note",
            "THE SAME VERSION, OTHER PIXELS: both sides have pillow 13.0.0, "
            "pillow libjpeg_turbo 3.1.2, and yet 1 of 4 decode to other pixels: jpeg 4:2:0",
            id="another version of what does not decode it",
        ),
        pytest.param(
            {"probe webp lossy": "not decoded"},
            "note",
            "the target does not decode webp lossy",
            id="not decoded",
        ),
        pytest.param(
            OTHER_JPEG | {"probe png alpha": "not decoded"},
            "note",
            "THE SAME VERSION, OTHER PIXELS: both sides have pillow 13.0.0, "
            "pillow libjpeg_turbo 3.1.2, and yet 1 of 4 decode to other pixels: jpeg 4:2:0; "
            "the target does not decode png alpha",
            id="both",
        ),
    ],
)
def test_decoder_check__of(change: dict[str, str], outcome: str, evidence: str) -> None:
    found = decoder_check(OURS, OURS | change)
    assert (outcome, evidence) == (found.outcome, found.evidence)


def test_decoder_check__without_versions_names_the_pixels_alone() -> None:
    target = {key: value for key, value in OURS.items() if key.startswith("probe ")} | OTHER_JPEG
    assert "1 of 4 decode to other pixels: jpeg 4:2:0" == decoder_check(OURS, target).evidence


@pytest.mark.parametrize(
    ("reference", "target", "side"),
    [
        pytest.param(OURS, {"pillow": "13.0.0"}, "target", id="target"),
        pytest.param({"pillow": "13.0.0"}, OURS, "reference", id="reference"),
    ],
)
def test_checks__of_a_side_without_probes(
    reference: dict[str, str], target: dict[str, str], side: str
) -> None:
    decoders, resizing = decoder_check(reference, target), resize_check(reference, target)
    assert ("unknown", "unknown") == (decoders.outcome, resizing.outcome)
    assert f"the {side} does not tell how it decoded the probe images" == decoders.evidence
    assert f"the {side} does not tell how it resized the generated pictures" == resizing.evidence


@pytest.mark.parametrize(
    ("told", "outcome", "evidence"),
    [
        pytest.param(
            "1.04 2.00", "agrees", "all 2 come out alike, within 0.05 grey level", id="noise"
        ),
        pytest.param(
            "1.00 22.5",
            "note",
            "1 of 2 come out otherwise, in grey levels: 83x61 by 20.5",
            id="another filter",
        ),
        pytest.param(
            "1.00",
            "note",
            "1 of 2 come out otherwise, in grey levels: 83x61 in no comparable numbers",
            id="another number of levels",
        ),
    ],
)
def test_resize_check__of(told: str, outcome: str, evidence: str) -> None:
    found = resize_check(OURS, OURS | {"probe resized 83x61": told})
    assert (outcome, evidence) == (found.outcome, found.evidence)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        pytest.param("pillow libjpeg_turbo", False, id="JPEG differs"),
        pytest.param("pillow", False, id="Pillow decodes JPEG too"),
        pytest.param("pillow webp", True, id="WebP agrees"),
        pytest.param("python", False, id="nothing is known"),
    ],
)
def test_probes_agree__about(entry: str, expected: bool) -> None:
    assert expected == probes_agree(entry, OURS, OURS | OTHER_JPEG)
