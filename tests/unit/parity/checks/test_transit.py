"""Transit: golden images through real gateways' habits, and the sentences that name them."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Collection, Mapping

import numpy as np
import pytest
from PIL import Image, ImageOps

from ml_ci.data.passing import passage_of
from ml_ci.data.prepare.profile import swapped_linear_profile
from ml_ci.parity.check import Check
from ml_ci.parity.checks.transit import Transit
from ml_ci.parity.checks.transit_kinds import KINDS, Kind
from ml_ci.rung import Rung, record_bytes
from tests.builders.images import RULE, encoded, with_orientation

Way = Callable[[bytes], bytes]


def scene(seed: int, size: tuple[int, int] = (90, 60)) -> Image.Image:
    """Coarse random fields, another picture for each seed."""
    fields = np.random.default_rng(seed).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    return Image.fromarray(fields).resize(size, Image.Resampling.BICUBIC)


JPEGS = {
    f"{name}.jpg": encoded(scene(seed), "JPEG", quality=95, subsampling="4:4:4")
    for seed, name in enumerate("abcde")
}


def transit(
    sent: Mapping[str, bytes],
    received: Mapping[str, bytes],
    *,
    known: bool = True,
    same_pixels: Collection[str] = (),
) -> list[Check]:
    others = {name: content for name, content in received.items() if content != sent[name]}
    return list(
        Transit(
            sent=rungs(sent),
            received=rungs(received),
            passages={n: passage_of(sent[n], c, RULE) for n, c in others.items() if known},
            same_pixels=same_pixels,
        ).checks()
    )


def rungs(contents: Mapping[str, bytes]) -> dict[str, Rung]:
    return {name: record_bytes(content).rung for name, content in contents.items()}


def told(checks: list[Check]) -> dict[str, tuple[str, str]]:
    assert {"transit"} == {check.topic for check in checks}
    return {check.name: (check.outcome, check.evidence) for check in checks}


def passed_by(way: Way, sent: Mapping[str, bytes] = JPEGS) -> dict[str, tuple[str, str]]:
    return told(transit(sent, {name: way(content) for name, content in sent.items()}))


def again(content: bytes, kind: str, **options: object) -> bytes:
    """Decoded and encoded by Pillow, as a gateway does that knows nothing of metadata."""
    return encoded(Image.open(io.BytesIO(content)).convert("RGB"), kind, **options)


def test_transit__of_bytes_that_arrived() -> None:
    assert {"bytes": ("agrees", "the bytes arrived as they were sent on all 5 images")} == told(
        transit(JPEGS, JPEGS)
    )


def test_transit__of_bytes_that_are_not_recorded() -> None:
    assert {"bytes": ("unknown", "the target does not record what it received")} == told(
        transit(JPEGS, {})
    )


def test_transit__of_bytes_that_are_recorded_for_some() -> None:
    assert told(transit(JPEGS, {"a.jpg": JPEGS["a.jpg"]})) == {
        "bytes": (
            "unknown",
            "the bytes arrived as they were sent on 1 of 5 images; "
            "of the others the target did not record what it received",
        )
    }


def test_transit__of_hashes_alone_says_no_more_than_that() -> None:
    received = JPEGS | {"a.jpg": b"1", "b.jpg": b"2" * 100_000, "c.jpg": b"3" * len(JPEGS["c.jpg"])}
    assert told(transit(JPEGS, received, known=False)) == {
        "bytes": (
            "differs",
            "other bytes arrived on 3 of 5 images (1 shorter, 1 longer, 1 as long); "
            "only their hashes are known: a.jpg, b.jpg, c.jpg",
        )
    }


def test_transit__of_a_foreign_hash_without_a_size() -> None:
    strange = Rung(dtype="bytes", shape=(), sha256="0" * 64)
    found = Transit(
        sent=rungs(JPEGS), received={"a.jpg": strange}, passages={}, same_pixels=()
    ).checks()
    assert "other bytes arrived on 1 of 5 images (1 shorter)" in found[0].evidence


def test_transit__of_bytes_that_were_exchanged() -> None:
    received = JPEGS | {"a.jpg": JPEGS["b.jpg"], "b.jpg": JPEGS["a.jpg"]}
    assert told(transit(JPEGS, received)) == {
        "exchanged": (
            "differs",
            "the bytes of another image arrived on 2 of 5 images: b.jpg for a.jpg, a.jpg for b.jpg",
        )
    }


def test_transit__of_a_coarser_jpeg() -> None:
    assert passed_by(lambda content: again(content, "JPEG", quality=75, subsampling="4:2:0")) == {
        "recompressed": (
            "differs",
            "on all 5 images: JPEG encoded anew as JPEG, quality 75, 4:2:0 "
            "(a.jpg, b.jpg, c.jpg and 2 more); the quality was 95",
        ),
        "chroma subsampling": (
            "differs",
            "on all 5 images: 4:4:4 became 4:2:0 (a.jpg, b.jpg, c.jpg and 2 more)",
        ),
    }


def test_transit__of_a_jpeg_with_tables_of_its_own() -> None:
    tables = [[2 + n // 4 for n in range(64)], [3 + n // 3 for n in range(64)]]
    found = passed_by(lambda content: again(content, "JPEG", qtables=tables, subsampling="4:4:4"))
    assert found["recompressed"][1].startswith(
        "on all 5 images: JPEG encoded anew as JPEG, tables of its own, quality about 93, 4:4:4 ("
    )


def test_transit__of_a_jpeg_coded_otherwise_is_a_note() -> None:
    # As `jpegtran -progressive` does: here by chance, the same tables on the same coefficients
    flat = {"a.jpg": encoded(Image.new("RGB", (40, 30), (90, 120, 30)), "JPEG", quality=90)}
    found = passed_by(lambda content: again(content, "JPEG", quality=90, progressive=True), flat)
    assert found == {
        "progressive": ("note", "on 1 of 1 image: baseline became progressive (a.jpg)"),
        "lossless": ("note", "on 1 of 1 image: JPEG written anew as JPEG, the same pixels (a.jpg)"),
    }


@pytest.mark.parametrize(
    ("kind", "options", "outcome", "words"),
    [
        pytest.param(
            "JPEG",
            {"quality": 75, "subsampling": "4:2:0"},
            "differs",
            "PNG encoded anew as JPEG, quality 75, 4:2:0",
            id="JPEG",
        ),
        pytest.param("WEBP", {}, "differs", "PNG encoded anew as lossy WebP", id="lossy"),
        pytest.param(
            "WEBP", {"lossless": True}, "note", "PNG encoded anew as lossless WebP", id="lossless"
        ),
    ],
)
def test_transit__of_another_format(
    kind: str, options: dict[str, object], outcome: str, words: str
) -> None:
    sent = JPEGS | {"x.png": encoded(scene(9), "PNG"), "y.png": encoded(scene(8), "PNG")}
    received = dict(JPEGS)
    received |= {name: again(sent[name], kind, **options) for name in ("x.png", "y.png")}
    found = told(transit(sent, received))
    assert (outcome, f"on 2 of 7 images: {words} (x.png, y.png)") == found["another format"]


def test_transit__groups_what_happened_in_several_ways() -> None:
    sent = JPEGS | {"x.png": encoded(scene(9), "PNG"), "y.gif": encoded(scene(8), "GIF")}
    received = {name: again(content, "WEBP") for name, content in sent.items()}
    assert told(transit(sent, received))["another format"] == (
        "differs",
        "on all 7 images: JPEG encoded anew as lossy WebP (5: a.jpg, b.jpg, c.jpg and 2 more); "
        "PNG encoded anew as lossy WebP (1: x.png); GIF encoded anew as lossy WebP (1: y.gif)",
    )


def test_transit__of_pictures_made_smaller() -> None:
    def shrink(content: bytes) -> bytes:
        image = Image.open(io.BytesIO(content))
        image.thumbnail((48, 48))
        return encoded(image, "JPEG", quality=95, subsampling="4:4:4")

    assert passed_by(shrink)["size"] == (
        "differs",
        "on all 5 images: resized (a.jpg, b.jpg, c.jpg and 2 more); "
        "90×60 became 48×32; the longer side is now 48",
    )


def oriented() -> dict[str, bytes]:
    return {f"{n}.jpg": with_orientation(scene(n), "JPEG", n) for n in (1, 6, 8)}


def test_transit__of_an_orientation_that_was_dropped() -> None:
    # The compressed picture is copied, its EXIF is not
    def strip(content: bytes) -> bytes:
        start = content.index(b"\xff\xe1")
        length = int.from_bytes(content[start + 2 : start + 4], "big")
        return content[:start] + content[start + 2 + length :]

    assert passed_by(strip, oriented()) == {
        "orientation": (
            "differs",
            "on 2 of 3 images: EXIF's orientation is gone and the pixels were not turned "
            "(6.jpg, 8.jpg)",
        ),
        "EXIF": ("note", "on all 3 images: EXIF is gone (1.jpg, 6.jpg, 8.jpg)"),
        "metadata only": (
            "note",
            "on all 3 images: the compressed picture is untouched (1.jpg, 6.jpg, 8.jpg)",
        ),
    }


def test_transit__of_pictures_turned_upright() -> None:
    def turn(content: bytes) -> bytes:
        return encoded(ImageOps.exif_transpose(Image.open(io.BytesIO(content))), "PNG")

    found = passed_by(turn, oriented())
    assert ("note", "on 2 of 3 images: the pixels were turned upright (6.jpg, 8.jpg)") == found[
        "orientation"
    ]
    assert "size" not in found


def test_transit__of_pictures_turned_upright_whose_exif_stays() -> None:
    def turn(content: bytes) -> bytes:
        image = Image.open(io.BytesIO(content))
        exif = image.info["exif"]
        return encoded(ImageOps.exif_transpose(image), "PNG", exif=exif)

    assert passed_by(turn, {"6.jpg": oriented()["6.jpg"]})["orientation"] == (
        "differs",
        "on 1 of 1 image: the pixels were turned upright, and EXIF's orientation still says 6 "
        "(6.jpg)",
    )


def test_transit__of_a_profile_that_was_dropped() -> None:
    sent = {"a.png": encoded(scene(1), "PNG", icc_profile=swapped_linear_profile())}
    received = {"a.png": encoded(scene(1), "PNG")}
    assert told(transit(sent, received)) == {
        "ICC profile": ("note", "on 1 of 1 image: the ICC profile is gone (a.png)"),
        "metadata only": (
            "note",
            "on 1 of 1 image: the compressed picture is untouched (a.png)",
        ),
    }


def test_transit__of_pixels_of_another_kind() -> None:
    image = scene(1)
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    sent = {"a.png": encoded(image, "PNG")}
    found = told(transit(sent, {"a.png": again(sent["a.png"], "PNG")}))
    assert ("differs", "on 1 of 1 image: RGB with alpha became RGB (a.png)") == found[
        "pixel layout"
    ]


def test_transit__of_a_file_written_anew_without_loss() -> None:
    sent = {"a.png": encoded(scene(1), "PNG", compress_level=9)}
    assert passed_by(lambda content: again(content, "PNG", compress_level=0), sent) == {
        "lossless": ("note", "on 1 of 1 image: PNG written anew as PNG, the same pixels (a.png)")
    }


def test_transit__of_files_that_were_cut_off() -> None:
    received = JPEGS | {
        "a.jpg": JPEGS["a.jpg"][: len(JPEGS["a.jpg"]) // 2],
        "b.jpg": JPEGS["b.jpg"][: len(JPEGS["b.jpg"]) // 10],
    }
    assert told(transit(JPEGS, received)) == {
        "cut off": (
            "differs",
            "on 2 of 5 images: the end is missing (a.jpg, b.jpg); 10% to 50% of the bytes arrived",
        )
    }


def test_transit__of_another_file_that_was_cut_off() -> None:
    found = passed_by(lambda content: again(content, "JPEG", quality=50)[:-40])
    assert found["cut off"] == (
        "differs",
        "on all 5 images: another file, and the file is cut off before its end "
        "(a.jpg, b.jpg, c.jpg and 2 more)",
    )


@pytest.mark.parametrize(
    ("way", "name", "evidence"),
    [
        pytest.param(
            base64.b64encode,
            "left as text",
            "on all 5 images: base64 text (a.jpg, b.jpg, c.jpg and 2 more)",
            id="base64",
        ),
        pytest.param(
            lambda content: b"data:image/jpeg;base64," + base64.b64encode(content),
            "left as text",
            "on all 5 images: a data URL with base64 text (a.jpg, b.jpg, c.jpg and 2 more)",
            id="data URL",
        ),
        pytest.param(
            lambda content: content.decode("utf-8", "replace").encode(),
            "damaged as text",
            "on all 5 images: read as UTF-8, with U+FFFD for what is none "
            "(a.jpg, b.jpg, c.jpg and 2 more)",
            id="charset",
        ),
        pytest.param(
            lambda _: b"<html>413",
            "no image",
            "on all 5 images: it begins with b'<html>413' (a.jpg, b.jpg, c.jpg and 2 more)",
            id="no image",
        ),
        pytest.param(
            lambda content: b"--b\r\n\r\n" + content + b"\r\n--b--",
            "wrapped",
            "on all 5 images: more around it: 7 bytes before, 7 behind "
            "(a.jpg, b.jpg, c.jpg and 2 more)",
            id="a form",
        ),
    ],
)
def test_transit__of_what_is_no_image_any_more(way: Way, name: str, evidence: str) -> None:
    assert {name: ("differs", evidence)} == passed_by(way)


def test_transit__of_base64_of_another_file_tells_both() -> None:
    found = passed_by(lambda content: base64.b64encode(again(content, "WEBP")))
    assert ["left as text", "another format"] == list(found)


def test_transit__of_more_bytes_behind_the_picture_is_a_note() -> None:
    assert "note" == passed_by(lambda content: content + b"\r\n")["wrapped"][0]


def test_transit__of_another_picture() -> None:
    other = encoded(scene(77), "JPEG", quality=95)
    found = told(transit(JPEGS, JPEGS | {"a.jpg": other}))
    assert ["another picture"] == list(found)
    assert ("differs", True) == (
        found["another picture"][0],
        found["another picture"][1].startswith(
            "on 1 of 5 images: it shows something else (a.jpg); its brightness correlates by 0."
        ),
    )


def test_transit__that_ends_in_the_same_pixels_is_a_note() -> None:
    received = {name: base64.b64encode(content) for name, content in JPEGS.items()}
    found = transit(JPEGS, received, same_pixels=list(JPEGS))
    assert ["note"] == [check.outcome for check in found]
    found = transit(JPEGS, received, same_pixels=list(JPEGS)[1:])
    assert ["differs"] == [check.outcome for check in found]


def test_transit__that_nobody_knows() -> None:
    sent = {"a.bmp": encoded(scene(1), "BMP")}
    other = bytearray(sent["a.bmp"])
    other[60] ^= 1  # one level of one pixel
    assert told(transit(sent, {"a.bmp": bytes(other)})) == {
        "other bytes": ("differs", "on 1 of 1 image: in no way that is known here (a.bmp)")
    }


def test_kinds__have_names_of_their_own() -> None:
    names = [kind.name for kind in KINDS]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.name != "metadata only"], ids=lambda kind: kind.name
)
def test_kinds__are_silent_about_the_file_itself(kind: Kind) -> None:
    content = JPEGS["a.jpg"]
    assert kind.says(passage_of(content, content, RULE)) is None
