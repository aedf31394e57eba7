"""Reading a trace: its images at once, their rungs shard by shard, their arrays one at a time."""

from __future__ import annotations

import json
from bisect import bisect_right
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from ml_ci.artifacts.files import sha256_of_bytes
from ml_ci.rung import Array, Rung, is_array_of
from ml_ci.trace.layout import (
    SCHEMA_VERSION,
    TRACE_FILE,
    Contents,
    contents_from_json,
    index_from_json,
    other_schema,
    unreadable,
)

# Shards at hand at once: a comparison goes through both traces in one order, or nearly so
SHARDS_AT_HAND = 4
_MALFORMED = (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError)


class Trace:
    """A trace on disk."""

    def __init__(self, folder: Path, contents: Contents) -> None:
        """Use ``open``."""
        self.folder = folder
        self.header = contents.header
        self._failures = contents.failures
        self._places = {image: place for place, image in enumerate(contents.failures)}
        self._shards = contents.shards
        self._ends = list(accumulate(shard.images for shard in contents.shards))
        at_hand = lru_cache(maxsize=SHARDS_AT_HAND)
        self._index = at_hand(self._read_index)
        self._arrays = at_hand(self._open_arrays)

    @classmethod
    def open(cls, folder: Path) -> Trace:
        """Read ``folder``. Raises UserError when it is missing, damaged or of a newer schema."""
        path = folder / TRACE_FILE
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            version = document["schema_version"]
            if version != SCHEMA_VERSION:
                raise other_schema(path, version)
            contents = contents_from_json(document)
        except FileNotFoundError:
            raise unreadable(path, "there is no trace") from None
        except _MALFORMED as error:
            raise unreadable(path, f"the trace is damaged: {error!r}") from error
        for shard in contents.shards:
            for file in shard.files:
                if not (folder / file).is_file():
                    raise unreadable(folder / file, "a file of the trace is missing")
        return cls(folder, contents)

    def __contains__(self, image: str) -> bool:
        """Whether it holds the image, failed or not."""
        return image in self._places

    @property
    def images(self) -> tuple[str, ...]:
        """Names of all images, failed ones included, in the order they were recorded."""
        return tuple(self._places)

    @property
    def environment(self) -> dict[str, str]:
        """Of the machine that recorded it; empty when the target does not tell."""
        return self.header.environment

    @property
    def failures(self) -> dict[str, str]:
        """Why an image is not complete, by image name."""
        return {name: failure for name, failure in self._failures.items() if failure is not None}

    def why_not(self, image: str) -> str | None:
        """Why ``image`` is not complete: its failure, or that it is not there; else None."""
        if image not in self._places:
            return "has no trace of it"
        failure = self._failures[image]
        return None if failure is None else f"failed: {failure}"

    def rungs(self, image: str) -> dict[str, Rung]:
        """The rungs of one image by step name.

        Raises KeyError for an image it does not hold, UserError when its shard is damaged.
        """
        return self._index(self._shard_of(image))[image]

    def text(self, image: str, step: str) -> str | None:
        """The class name at `label`, the mode at `decoded`; None where the rung has no text."""
        rung = self.rungs(image).get(step)
        return None if rung is None else rung.text

    def array(self, image: str, step: str) -> Array | None:
        """The array of one rung, None where only its hash was kept or the rung is not there.

        Raises UserError when the file is damaged or the array is not the one that was hashed.
        """
        rung = self.rungs(image).get(step)
        if rung is None or rung.shard is None:
            return None
        path = self.folder / rung.shard
        try:
            array: Array = self._arrays(rung.shard).get_tensor(f"{step}/{image}")
        except (OSError, SafetensorError, KeyError) as error:
            raise unreadable(path, f"`{step}` of {image} cannot be read: {error}") from error
        if not is_array_of(rung, array):
            raise unreadable(path, f"`{step}` of {image} is not the array that was recorded")
        return array

    def _shard_of(self, image: str) -> str:
        return self._shards[bisect_right(self._ends, self._places[image])].name

    def _read_index(self, name: str) -> dict[str, dict[str, Rung]]:
        shard = next(one for one in self._shards if one.name == name)
        path = self.folder / shard.index
        try:
            content = path.read_bytes()
            if sha256_of_bytes(content) != shard.sha256:
                raise ValueError("it is not the file that was written")
            images = index_from_json(json.loads(content))
        except _MALFORMED as error:
            raise unreadable(path, f"the trace is damaged: {error!r}") from error
        return images

    def _open_arrays(self, name: str) -> Any:
        """A safetensors file (untyped there), mapped and read as arrays are asked for."""
        return safe_open(self.folder / name, framework="numpy")
