"""ONNX Runtime in this process: the exported model behind the project's own decoding.

What a server of ours computes, without a server: where this target agrees and a server does not,
it is not the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml_ci.data.decode import DecodeRule, ImageError, Picture, read_image
from ml_ci.data.probes import resize_probes
from ml_ci.onnx_runtime import onnxruntime
from ml_ci.progress import tracked
from ml_ci.rung import Array, Recorded, record_array, record_bytes, record_text
from ml_ci.steps import DECODED, IMAGE, LABEL, LADDER, RECEIVED, RESIZED
from ml_ci.targets.asking import Source
from ml_ci.targets.replay import ReplayResult
from ml_ci.trace.layout import FLOATS, HASHED, TraceHeader
from ml_ci.trace.reading import Trace
from ml_ci.trace.writing import TraceWriter


@dataclass(frozen=True, kw_only=True)
class OnnxJob:
    """What is run, and how."""

    model: Path
    """The exported file, from `image` to `label`."""
    rule: DecodeRule
    threads: int
    header: TraceHeader
    reference: Trace
    """Where the pixels have another hash than here, their arrays are kept too."""


def run_onnx(sources: Sequence[Source], folder: Path, job: OnnxJob) -> ReplayResult:
    """Every rung of every image, as the trace in ``folder``.

    An image that cannot be read or run is a failure in it, and the others go on; so are all images
    when the model cannot be loaded.
    """
    failures: dict[str, str] = {}
    session, gave_up = _opened(job)
    header = job.header if session is None else _with_probes(job.header, session)
    with TraceWriter(folder, header, keep=FLOATS | HASHED) as trace:
        for source in tracked(sources, f"running {job.header.target}"):
            rungs: dict[str, Recorded] = {}
            failure = gave_up or _climb(source, session, job, rungs)
            if failure is not None:
                failures[source.name] = failure
            ordered = {step.name: rungs[step.name] for step in LADDER if step.name in rungs}
            trace.add(source.name, ordered, failure=failure)
    return ReplayResult(images=len(sources), failures=failures, gave_up=gave_up, log_tail=())


def _opened(job: OnnxJob) -> tuple[Any, str | None]:
    """An onnxruntime.InferenceSession (untyped there), or why there is none."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job.threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors: they come as exceptions too, and warnings are many
    try:
        session = onnxruntime.InferenceSession(
            str(job.model), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime raises a dozen classes of its own, all Exception
        return None, f"ONNX Runtime cannot load {job.model}: {_words(error)}"
    return session, None


def _with_probes(header: TraceHeader, session: Any) -> TraceHeader:
    """With what this model makes of a few fixed pictures, as our server tells it too; one that
    takes no pictures of their sizes tells nothing."""

    def resize(picture: NDArray[np.uint8]) -> Array:
        (resized,) = session.run([RESIZED.name], {IMAGE.name: picture[np.newaxis]})
        levels: Array = resized[0]
        return levels

    try:
        probes = resize_probes(resize)
    except Exception as error:  # see above
        if not _is_of_runtime(error):
            raise
        return header
    return replace(header, environment=header.environment | probes)


def _climb(source: Source, session: Any, job: OnnxJob, rungs: dict[str, Recorded]) -> str | None:
    """Fill ``rungs`` up to where it goes, and say why not further."""
    try:
        content = source.read()
        rungs[RECEIVED.name] = record_bytes(content)
        picture = read_image(content, job.rule)
        rungs |= _pixels(source.name, picture, job.reference)
        rungs |= _run(session, picture)
    except OSError as error:
        return f"the image cannot be read: {error}"
    except ImageError as error:
        return str(error)
    except Exception as error:  # see above
        if not _is_of_runtime(error):
            raise
        return f"ONNX Runtime fails on it: {_words(error)}"
    return None


def _pixels(name: str, picture: Picture, reference: Trace) -> dict[str, Recorded]:
    """The rungs of pixels; those with the reference's hash without their array."""
    ours = reference.rungs(name) if name in reference else {}
    found = {
        DECODED.name: record_array(picture.decoded.pixels, text=picture.decoded.mode),
        IMAGE.name: record_array(picture.image),
    }
    return {
        step: Recorded(rung=recorded.rung)
        if step in ours and ours[step].sha256 == recorded.rung.sha256
        else recorded
        for step, recorded in found.items()
    }


def _run(session: Any, picture: Picture) -> dict[str, Recorded]:
    names = [output.name for output in session.get_outputs()]
    values = session.run(names, {IMAGE.name: picture.image[None]})  # (1, H, W, 3)
    return {
        name: record_text(str(value[0])) if name == LABEL.name else record_array(value[0])
        for name, value in zip(names, values, strict=True)
    }


def _is_of_runtime(error: Exception) -> bool:
    return type(error).__module__.startswith("onnxruntime")


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
