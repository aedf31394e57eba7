"""Writing a trace, shard by shard."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from safetensors.numpy import save

from ml_ci.artifacts.files import new_folder, sha256_of_file, write_bytes, write_json, write_text
from ml_ci.rung import Array, Recorded, Rung, little_endian
from ml_ci.trace.layout import (
    FLOATS,
    TRACE_FILE,
    Contents,
    Shard,
    TraceHeader,
    arrays_file,
    index_text,
    shard_name,
)

# A shard is written when either is reached, so memory stays bounded for large images too.
SHARD_IMAGES = 64
SHARD_BYTES = 64 * 2**20


class TraceWriter:
    """Writes a trace in bounded memory; the old one is replaced only by a complete new one.

    Use it as a context manager and call ``add`` once per image, in an order that does not depend
    on chance: the same calls write the same bytes.
    """

    def __init__(self, folder: Path, header: TraceHeader, *, keep: frozenset[str] = FLOATS) -> None:
        """``keep`` names the steps whose arrays go to disk; of the others only hashes do."""
        self._folder = folder
        self._header = header
        self._keep = keep
        self._failures: dict[str, str | None] = {}
        self._shards: list[Shard] = []
        self._images: dict[str, dict[str, Rung]] = {}
        self._arrays: dict[str, Array] = {}
        self._bytes = 0
        self._open = ExitStack()
        self._scratch: Path | None = None

    def __enter__(self) -> TraceWriter:
        self._scratch = self._open.enter_context(new_folder(self._folder))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                self._finish()
        except BaseException as failure:
            self._open.__exit__(type(failure), failure, failure.__traceback__)
            raise
        self._open.__exit__(kind, error, traceback)

    def add(self, image: str, rungs: Mapping[str, Recorded], *, failure: str | None = None) -> None:
        """Record one image; with ``failure`` the rungs are those reached before it.

        Raises ValueError when the image was recorded before.
        """
        self.hold(image, rungs, failure=failure)
        if self.is_full:
            self.flush()

    def hold(
        self, image: str, rungs: Mapping[str, Recorded], *, failure: str | None = None
    ) -> None:
        """As ``add``, for whoever writes shards at another moment: see ``is_full``."""
        if image in self._failures:
            raise ValueError(f"{image!r} is recorded already")
        self._failures[image] = failure
        self._images[image] = {step: self._place(image, step, rung) for step, rung in rungs.items()}

    @property
    def is_full(self) -> bool:
        """Whether ``flush`` is to be called before another image is held."""
        return len(self._images) >= SHARD_IMAGES or self._bytes >= SHARD_BYTES

    def flush(self) -> None:
        """Write what is held as a shard."""
        if not self._images:
            return
        name = shard_name(len(self._shards))
        shard = Shard(name=name, images=len(self._images), arrays=len(self._arrays), sha256="")
        if self._arrays:
            write_bytes(self._scratch_folder / arrays_file(name), save(self._arrays))
        index = self._scratch_folder / shard.index
        write_text(index, index_text(self._images))
        self._shards.append(replace(shard, sha256=sha256_of_file(index)))
        self._images, self._arrays, self._bytes = {}, {}, 0

    def _place(self, image: str, step: str, recorded: Recorded) -> Rung:
        if recorded.array is None or step not in self._keep:
            return replace(recorded.rung, shard=None)
        array = little_endian(recorded.array)
        self._arrays[f"{step}/{image}"] = array
        self._bytes += array.nbytes
        return replace(recorded.rung, shard=arrays_file(shard_name(len(self._shards))))

    def _finish(self) -> None:
        self.flush()
        contents = Contents(
            header=self._header, failures=self._failures, shards=tuple(self._shards)
        )
        write_json(self._scratch_folder / TRACE_FILE, contents.as_json())

    @property
    def _scratch_folder(self) -> Path:
        if self._scratch is None:
            raise RuntimeError("a TraceWriter is used in a `with` block")
        return self._scratch
