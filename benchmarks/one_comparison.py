"""One comparison of stored traces in a process of its own: how long it took, and its memory.

``python -m benchmarks.one_comparison REFERENCE TARGET``, in a finished checkout. Without the
reference's steps: comparing, no computing, as whoever has only the two traces does it.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.memory import peak_bytes
from ml_ci.artifacts import paths
from ml_ci.artifacts.model_card import ModelCard
from ml_ci.noise import NoiseFloor
from ml_ci.params.model import ModelSettings
from ml_ci.params.reading import read_section
from ml_ci.parity.compare import Comparison
from ml_ci.parity.sides import Sides
from ml_ci.trace.reading import Trace


def main() -> None:
    """Print seconds, from opening the traces to the verdict, and the peak in bytes."""
    model = read_section(ModelSettings)
    folder = paths.model_folder(model.name, model.version)
    noise, card = NoiseFloor.load(folder / paths.NOISE_FILE), ModelCard.load(folder)
    clock = time.perf_counter()
    reference, target = (Trace.open(Path(word)) for word in sys.argv[1:])
    sides = Sides(reference=reference, target=target, noise=noise, class_names=card.class_names)
    result = Comparison(sides=sides).run("benchmark", reference.images)
    seconds = time.perf_counter() - clock
    if result.verdict != "pass" or result.agreeing != len(reference.images):
        sys.exit(f"the two sides should agree: {result.sentence}")
    print(seconds, peak_bytes())


if __name__ == "__main__":
    main()
