"""What ran the container, and whether it did, in words."""

from __future__ import annotations

from ml_ci.artifacts.image_record import BuiltImage, ImageRecord
from ml_ci.artifacts.records import TargetRecord
from ml_ci.report.schema import Engine

_ID_CHARACTERS = 12  # as many as the docker command shows
_NO_CONTAINER = "no target in params.yaml is a container, so none was exercised"


def reported_engine(image: ImageRecord, container: TargetRecord | None) -> Engine:
    """The container counts as exercised once it has answered something."""
    answered = container is not None and container.failures < container.images
    ran = container.image if container is not None and answered else None
    return Engine(
        wanted=image.wanted,
        used=image.used,
        container_exercised=ran is not None,
        stand_in=ran is not None and ran.stands_in_for is not None,
        image_id=None if ran is None else ran.id,
        sentence=_NO_CONTAINER if container is None else _sentence(image, ran),
    )


def _sentence(image: ImageRecord, ran: BuiltImage | None) -> str:
    if image.used == "process":
        why = f" ({image.reason})" if image.reason else ""
        return (
            f"the server ran as a process{why}, from the wheels it ships with; the container "
            "itself was not exercised"
        )
    if image.image is None:
        return "there is no container: its image could not be built"
    if ran is None:
        return f"the server was started by {image.used} from image {image.image.name} in vain"
    sentence = f"the server ran in its container, by {image.used}, image {ran.name}"
    sentence += f" ({ran.id.removeprefix('sha256:')[:_ID_CHARACTERS]})"
    if ran.base is not None:
        sentence += f" made from {ran.base}"
    if ran.stands_in_for is not None:
        sentence += f", which stands in for {ran.stands_in_for}"
    return sentence
