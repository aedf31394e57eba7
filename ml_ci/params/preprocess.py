"""From encoded bytes to what enters the network: the one definition of preprocessing."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from ml_ci.params.reading import Section

Level = Annotated[int, Field(ge=0, le=255)]
Colour = Annotated[list[Level], Field(min_length=3, max_length=3)]
Fit = Literal["stretch", "pad", "crop", "short_side_crop", "long_side_pad", "two_pass_pad"]


class PreprocessSettings(Section):
    """Preprocessing; it travels inside the exported model, so every side can be asked for it."""

    section: ClassVar[str] = "preprocess"

    orientation: Literal["exif", "ignore"]
    """`exif` turns the picture as its EXIF orientation says; `ignore` leaves it as stored."""
    background: Colour
    """RGB levels 0–255 shown through transparent pixels."""
    fit: Fit
    """How a picture of any shape becomes `size`; drawn and defined in docs/preprocessing.md."""
    size: Annotated[list[PositiveInt], Field(min_length=2, max_length=2)]
    """[height, width] in pixels."""
    resize_ratio: Annotated[float, Field(ge=1.0, le=8.0)]
    """`short_side_crop`, `two_pass_pad`: intermediate side ÷ final side (256/224 is usual)."""
    pad_colour: Colour
    """RGB levels 0–255 around a padded picture."""
    channels: Literal[1, 3]
    """1 weighs RGB to grey as ITU-R BT.601 does, without rounding."""
    filter: Literal["bilinear", "bicubic"]
    """Both antialiased."""
    clamp: bool
    """Cut what bicubic overshoots back to 0–255."""
    mean: Annotated[list[float], Field(min_length=1, max_length=3)]
    """Subtracted per channel after dividing by 255."""
    std: Annotated[list[PositiveFloat], Field(min_length=1, max_length=3)]
    """Divided by per channel after subtracting the mean."""

    @model_validator(mode="after")
    def _one_value_per_channel(self) -> PreprocessSettings:
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) != self.channels:
                raise ValueError(
                    f"`{name}` with {self.channels} value(s), one per channel of `channels`; "
                    f"it has {len(values)}"
                )
        return self
