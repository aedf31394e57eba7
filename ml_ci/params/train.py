"""How the network is trained, or that its weights come from elsewhere."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from ml_ci.params.reading import Section, Settings


class Profile(Settings):
    """One length of training."""

    epochs: PositiveInt
    batch_size: PositiveInt
    learning_rate: PositiveFloat
    weight_decay: NonNegativeFloat


class Profiles(Settings):
    """`smoke` proves the path on every pull request; `full` is what you would ship."""

    smoke: Profile
    full: Profile


class Augmentation(Settings):
    """Random changes of training images, never of anything evaluated or served."""

    rotate_degrees: Annotated[float, Field(ge=0, le=180)]
    shift: Annotated[float, Field(ge=0, le=0.5)]
    """Largest shift as a share of the side."""
    scale: Annotated[float, Field(ge=0, le=0.5)]
    """Largest relative enlargement or shrinking."""


class TrainSettings(Section):
    """Training."""

    section: ClassVar[str] = "train"

    source: Literal["training", "pretrained"]
    """`pretrained` takes pretrained/weights.safetensors (tracked by DVC) instead of training."""
    profile: Literal["smoke", "full"]
    profiles: Profiles
    augmentation: Augmentation
    seed: NonNegativeInt
    kept_samples: NonNegativeInt
    """How many of the first epoch's network inputs are kept for people to look at."""

    @property
    def chosen(self) -> Profile:
        """The profile that `profile` names."""
        return self.profiles.smoke if self.profile == "smoke" else self.profiles.full
