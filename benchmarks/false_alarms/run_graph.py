"""Runs exported graphs in whatever runtime this Python has; knows nothing of ml-ci.

``python run_graph.py JOB``: the JSON file names a ``runtime`` (onnxruntime | openvino | onnx), its
``options``, the ``entry`` (image | tensor), and per network its ``folder`` and the ``output`` file,
an .npz of ``<step>|<picture>``. What fails is written beside it, as text. Needs numpy and the
runtime, nothing else, so that old versions of either can be asked.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np

Run = Callable[[Any], "dict[str, Any]"]  # (N, …) → by step, (N, …)
COPIES = 5


def main() -> None:
    """Every network of the job; one that fails keeps no other from being run."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for network in job["networks"]:
        try:
            answers = answered(job, Path(network["folder"]))
        except Exception as error:  # runtimes raise classes of their own
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            Path(network["output"]).with_suffix(".failed").write_text(reason, encoding="utf-8")
        else:
            np.savez(network["output"], **answers)


def answered(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """By ``<step>|<picture>``."""
    runtimes = {"onnxruntime": onnx_runtime, "openvino": openvino, "onnx": onnx_itself}
    run = runtimes[job["runtime"]](folder, job["entry"], job["options"])
    given = np.load(folder / f"{job['entry']}s.npz")
    names, answers = list(given.files), {}
    if job["batch"]:
        for step, values in run(np.stack([given[name] for name in names])).items():
            answers.update({f"{step}|{name}": values[at] for at, name in enumerate(names)})
        return answers
    for name in names:
        value = given[name]
        if job["decoder"] == "opencv":
            if not Path(job["sent"], name).name.startswith("other-"):
                continue
            value = opencv_pixels(Path(job["sent"], name))
            answers[f"decoded|{name}"] = answers[f"image|{name}"] = value
        copies = COPIES if job["copies"] else 1
        for step, values in run(np.repeat(value[None], copies, axis=0)).items():
            answers[f"{step}|{name}"] = values[-1]
    return answers


def onnx_runtime(folder: Path, entry: str, options: dict[str, Any]) -> Run:
    """ONNX Runtime with labels, as the project's server runs it."""
    import onnxruntime  # type: ignore[import-untyped]

    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.get("threads", 1)
    settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    levels = onnxruntime.GraphOptimizationLevel
    settings.graph_optimization_level = getattr(levels, options.get("level", "ORT_ENABLE_ALL"))
    for key, value in options.get("entries", {}).items():
        settings.add_session_config_entry(key, value)
    file = {"image": "model.onnx", "tensor": "network.onnx"}[entry]
    session = onnxruntime.InferenceSession(
        str(folder / file), settings, providers=["CPUExecutionProvider"]
    )
    names = [output.name for output in session.get_outputs()]
    return lambda value: dict(zip(names, session.run(names, {entry: value})))  # noqa: B905 - 3.9


def openvino(folder: Path, entry: str, options: dict[str, Any]) -> Run:
    """OpenVINO in float32: its own choice may be bfloat16, which is no noise."""
    from openvino import Core  # type: ignore[import-not-found,unused-ignore]

    core = Core()
    file = {"image": "model-floats.onnx", "tensor": "network-floats.onnx"}[entry]
    settings = {"INFERENCE_PRECISION_HINT": "f32", **options}
    compiled = core.compile_model(core.read_model(folder / file), "CPU", settings)

    def run(value: Any) -> dict[str, Any]:
        outputs = compiled(value)
        return {output.get_any_name(): np.array(outputs[output]) for output in compiled.outputs}

    return run


def onnx_itself(folder: Path, entry: str, options: dict[str, Any]) -> Run:  # noqa: ARG001
    """What the standard's own evaluator, in numpy, makes of the graph."""
    from onnx.reference import ReferenceEvaluator

    file = {"image": "model-floats.onnx", "tensor": "network-floats.onnx"}[entry]
    session = ReferenceEvaluator(str(folder / file))
    names = list(session.output_names)
    return lambda value: dict(zip(names, session.run(None, {entry: value})))  # noqa: B905


def opencv_pixels(path: Path) -> Any:
    """RGB as OpenCV decodes it."""
    import cv2  # type: ignore[import-not-found,unused-ignore]

    return np.ascontiguousarray(cv2.imread(str(path), cv2.IMREAD_COLOR)[..., ::-1])


if __name__ == "__main__":
    main()
