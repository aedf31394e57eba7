"""Turned: every picture stands in another one of the eight orientations."""

from __future__ import annotations

from ml_ci.data.orientation import upright
from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pixels
from ml_ci.parity.faults.ways import Way, Ways
from ml_ci.steps import IMAGE


def _as_if(orientation: int) -> Make:
    """As EXIF's ``orientation`` would turn the finished picture."""

    def make(seen: Seen, reference: Reference) -> Pixels:
        picture: Pixels = reference.flatten(seen.decoded, seen.content)  # type: ignore[assignment]
        return upright(picture, orientation)

    return make


def _turn(degrees: int, orientation: int) -> Way:
    return Way(
        name=f"{degrees}° clockwise",
        said=f"every picture is turned by {degrees}° clockwise",
        server="look for a rotation of the whole picture (`rot90`, a camera's own setting) and "
        "remove it",
        make=_as_if(orientation),
    )


def _exchange(name: str, orientation: int) -> Way:
    return Way(
        name=name,
        said=f"height and width are exchanged: the picture is mirrored at its {name} diagonal",
        server="arrays of pictures are height × width × channels: look for a transposition, or "
        "for x and y exchanged",
        make=_as_if(orientation),
    )


FAULTS = (
    Ways(
        id="turned",
        step=IMAGE.name,
        title="Every picture turned by a quarter or a half",
        symptom="all answers are wrong unless what is shown looks alike from all sides",
        source="plausible",
        witness="a picture that looks otherwise when it is turned",
        parameter="turn",
        ways=(_turn(90, 6), _turn(180, 3), _turn(270, 8)),
    ),
    Ways(
        id="mirrored",
        step=IMAGE.name,
        title="Every picture mirrored",
        symptom="what has a left and a right is answered wrongly",
        source="plausible",
        witness="a picture that looks otherwise in a mirror",
        parameter="sides",
        ways=(
            Way(
                name="left and right",
                said="left and right are exchanged",
                server="look for a flip: the front camera's preview, or an augmentation of "
                "training that was left on",
                make=_as_if(2),
            ),
            Way(
                name="top and bottom",
                said="the picture stands on its head, mirrored: its rows are in reverse order",
                server="rows are read from the bottom up, as in a BMP or an OpenGL texture: "
                "reverse them",
                make=_as_if(4),
            ),
        ),
    ),
    Ways(
        id="transposed",
        step=IMAGE.name,
        title="Height and width exchanged",
        symptom="all answers are wrong; of pictures that are not square the size is, too",
        source="plausible",
        witness="a picture that is not symmetrical",
        parameter="diagonal",
        ways=(_exchange("main", 5), _exchange("other", 7)),
    ),
)
