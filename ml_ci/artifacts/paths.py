"""Where everything lies, relative to the repository's root (every command runs there)."""

from __future__ import annotations

from pathlib import Path

# Committed
PARAMS = Path("params.yaml")
PIPELINE = Path("dvc.yaml")
LOCK = Path("dvc.lock")
DATA_POINTER = Path("data.dvc")
MANIFEST = Path("data.manifest.csv")
METRICS = Path("metrics")
METRICS_JSON = METRICS / "metrics.json"
PREDICTIONS_CSV = METRICS / "predictions.csv"
GOLDEN_JSON = METRICS / "golden.json"
SERVING_LOCK = Path("requirements/serving.txt")
IMAGE_LOCK = Path("requirements/image.txt")
DOCKERFILE = Path("Dockerfile")
OWN_SERVER = Path("server")
DUMPS = Path("dumps")
DEV_LOCK = Path("requirements/dev.txt")

# Tracked by data.dvc
DATA = Path("data")
TRAIN = DATA / "train"
TEST = DATA / "test"
GOLDEN = DATA / "golden"
GOLDEN_LABELS = GOLDEN / "golden.csv"

# Cached outputs of DVC stages: pushed to the data remote
TRAINED = Path("trained")
WEIGHTS = TRAINED / "weights.safetensors"
CURVES = TRAINED / "curves"
FIRST_EPOCH = TRAINED / "first_epoch"
MODELS = Path("models")

# The weights of a full training made elsewhere, when params.yaml says `train.source: pretrained`
PRETRAINED = Path("pretrained/weights.safetensors")

# Measured on this machine: ignored by git, never pushed
RECEIPTS = Path("receipts")
MEASURED = Path("measured")
GOLDEN_ACCEPTED = MEASURED / "golden_accepted.json"
TRACES = Path("trace")
BUILD = Path("build")
BUILD_CONTEXT = BUILD / "context"
STATE = Path(".ml-ci")


def model_folder(name: str, version: int) -> Path:
    """Where the exported model lies: ``models/<name>/<version>``, the layout model servers read."""
    return MODELS / name / str(version)


MODEL_FILE = "model.onnx"
NETWORK_FILE = "network.onnx"
NOISE_FILE = "noise.json"


REFERENCE = "reference"
"""The side that every target is compared with."""


SYNTHETIC = MEASURED / "synthetic"
"""The reference's answers to synthetic tensors, as a trace."""


def trace_folder(side: str) -> Path:
    """The trace of the reference or of a target: ``trace/<side>``."""
    return TRACES / side


def dump_folder(target: str) -> Path:
    """What a device wrote: ``dumps/<target>``."""
    return DUMPS / target
