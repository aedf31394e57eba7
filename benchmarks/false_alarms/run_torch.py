"""Runs subjects in PyTorch with other settings than the reference's.

``python -m benchmarks.false_alarms.run_torch JOB``, a job as for ``run_graph``; the environment's
variables (instruction sets) are set by whoever starts it.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.false_alarms.layout import IMAGES
from benchmarks.false_alarms.subjects import Subject, subjects
from benchmarks.false_alarms.trained import load_network
from ml_ci.model.classifier import probabilities
from ml_ci.model.preprocess import Preprocess
from ml_ci.steps import LABEL, LOGITS, PROBABILITIES, RESIZED, TENSOR

Network = Callable[[Tensor], Tensor]
_TOGETHER = 7


def main() -> None:
    """Every network of the job; one that fails keeps no other from being run."""
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    known = {subject.name: subject for subject in subjects(job["seeds"])}
    options = job["options"]
    torch.set_num_threads(options.get("threads", 1))
    torch.backends.mkldnn.enabled = options.get("mkldnn", True)
    torch.set_flush_denormal(options.get("flush", False))
    for network in job["networks"]:
        folder = Path(network["folder"])
        try:
            answers = _answered(known[folder.name], folder, options)
        except Exception as error:
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
            Path(network["output"]).with_suffix(".failed").write_text(reason, encoding="utf-8")
        else:
            np.savez(network["output"], **answers)


@torch.inference_mode()
def _answered(subject: Subject, folder: Path, options: dict[str, Any]) -> dict[str, Any]:
    dtype = torch.float64 if options.get("double") else torch.float32
    preprocess = Preprocess(subject.settings, dtype).eval()
    given = np.load(folder / IMAGES)
    answers: dict[str, Any] = {}
    tensors = {}
    for name in given.files:
        resized, tensor = preprocess(torch.tensor(given[name][None]))
        answers[f"{RESIZED.name}|{name}"] = resized[0].numpy()
        answers[f"{TENSOR.name}|{name}"] = tensor[0].numpy()
        tensors[name] = tensor
    network = _served(
        load_network(subject, folder).to(dtype), next(iter(tensors.values())), options
    )
    step = _TOGETHER if options.get("batch") else 1
    names = list(tensors)
    for start in range(0, len(names), step):
        group = names[start : start + step]
        logits = network(torch.cat([tensors[name] for name in group]))
        shares = probabilities(logits)
        for at, name in enumerate(group):
            answers[f"{LOGITS.name}|{name}"] = logits[at].numpy()
            answers[f"{PROBABILITIES.name}|{name}"] = shares[at].numpy()
            answers[f"{LABEL.name}|{name}"] = subject.class_names[int(shares[at].argmax())]
    return answers


def _served(network: nn.Module, example: Tensor, options: dict[str, Any]) -> Network:
    """The network as ``options`` have it run."""
    match options.get("way"):
        case "channels_last":
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            return lambda tensor: network(tensor.contiguous(memory_format=torch.channels_last))
        case "fused":
            from torch.fx.experimental.optimization import fuse

            return fuse(network)
        case "traced":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                traced = torch.jit.freeze(torch.jit.trace(network, example))  # type: ignore[no-untyped-call]
                optimised: Network = torch.jit.optimize_for_inference(traced)
            return optimised
        case "compiled":
            compiled: Network = torch.compile(network, dynamic=False)
            return compiled
    return network


if __name__ == "__main__":
    main()
