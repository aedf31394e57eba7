"""Orientation: EXIF says how the camera was held, and the server does something else with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ml_ci.data.decode import image_from
from ml_ci.data.inspection import inspect
from ml_ci.data.orientation import upright
from ml_ci.parity.faults.fault import Make, Seen
from ml_ci.parity.faults.reference import Reference
from ml_ci.parity.faults.retouch import Pixels
from ml_ci.parity.faults.ways import Way, Ways
from ml_ci.steps import IMAGE

_BACKWARDS = {6: 8, 8: 6}
_TURNS_ALONE = (3, 6, 8)


def _followed(reference: Reference) -> bool:
    return reference.rule.orientation == "exif"


def _ignored(reference: Reference) -> bool:
    return not _followed(reference)


def _turning(turns: Callable[[int], Sequence[int]]) -> Make:
    """The picture as it is stored, turned by ``turns`` of what EXIF says, one after the other."""

    def make(seen: Seen, reference: Reference) -> Pixels:
        as_stored = replace(reference.rule, orientation="ignore")
        picture = image_from(seen.decoded, seen.content, as_stored)
        for orientation in turns(inspect(seen.content).orientation):
            picture = upright(picture, orientation)
        return picture

    return make


_HELP = "orient the picture once, right after decoding, with `PIL.ImageOps.exif_transpose`"
_SOURCE = "https://github.com/facebookresearch/detectron2/pull/262"

FAULTS = (
    Ways(
        id="exif-ignored",
        step=IMAGE.name,
        title="EXIF orientation ignored",
        symptom="photos of a phone held upright are answered wrongly, others as before",
        source=_SOURCE,
        witness="a picture with an EXIF orientation other than 1",
        ways=(
            Way(
                name="ignored",
                said="the EXIF orientation is ignored",
                server=f"{_HELP}; where the bytes lost their EXIF on the way, keep it",
                script="set `preprocess.orientation: ignore`",
                make=_turning(lambda _: ()),
                possible=_followed,
            ),
        ),
    ),
    Ways(
        id="exif-followed",
        step=IMAGE.name,
        title="EXIF orientation followed although the script ignores it",
        symptom="photos of a phone held upright are answered otherwise, others as before",
        source="https://github.com/ultralytics/yolov5/issues/405",
        witness="a picture with an EXIF orientation other than 1",
        ways=(
            Way(
                name="followed",
                said="the picture is turned as EXIF says",
                server="leave the picture as it is stored: for OpenCV read it with "
                "`cv2.IMREAD_IGNORE_ORIENTATION`",
                script="set `preprocess.orientation: exif`",
                make=_turning(lambda orientation: (orientation,)),
                possible=_ignored,
            ),
        ),
    ),
    Ways(
        id="exif-twice",
        step=IMAGE.name,
        title="EXIF orientation applied twice",
        symptom="photos of a phone held upright stand on their head or are mirrored",
        source="https://github.com/open-edge-platform/datumaro/pull/2113",
        witness="a picture with an EXIF orientation other than 1",
        ways=(
            Way(
                name="twice",
                said="the EXIF orientation is applied twice",
                server="the decoder turns the picture already (OpenCV and browsers do): do not "
                "turn it again, or drop the EXIF once it is applied",
                make=_turning(lambda orientation: (orientation, orientation)),
                possible=_followed,
            ),
        ),
    ),
    Ways(
        id="exif-backwards",
        step=IMAGE.name,
        title="EXIF orientation applied the wrong way round",
        symptom="photos of a phone held upright stand on their head",
        source="plausible",
        witness="a picture with EXIF orientation 6 or 8",
        ways=(
            Way(
                name="backwards",
                said="pictures with EXIF orientation 6 and 8 are turned the wrong way round",
                server=f"6 is turned by 90° clockwise and 8 anticlockwise: {_HELP}",
                make=_turning(lambda orientation: (_BACKWARDS.get(orientation, orientation),)),
                possible=_followed,
            ),
        ),
    ),
    Ways(
        id="exif-mirrors-ignored",
        step=IMAGE.name,
        title="Mirrored EXIF orientations ignored",
        symptom="only mirrored photos, as of a front camera, are answered wrongly",
        source=_SOURCE,
        witness="a picture with EXIF orientation 2, 4, 5 or 7",
        ways=(
            Way(
                name="turns alone",
                said="of the EXIF orientations only 3, 6 and 8 are followed",
                server=f"the orientations 2, 4, 5 and 7 are missing: {_HELP}",
                make=_turning(
                    lambda orientation: (orientation,) if orientation in _TURNS_ALONE else ()
                ),
                possible=_followed,
            ),
        ),
    ),
)
