"""`validate`: data a model can be trained on and compared with, or a list of everything wrong."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.files import write_json
from ml_ci.data.checks import check_data
from ml_ci.data.decode import DecodeRule
from ml_ci.data.versioning import restore_pointer
from ml_ci.errors import CombinedUserError
from ml_ci.params.data import DataSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.reading import read_section
from ml_ci.receipt import receipt_path
from ml_ci.stages.running import run_stage

STAGE = "validate"


def main() -> None:
    """Check everything; nothing after this stage runs when something is wrong."""
    limits = read_section(LimitSettings)
    # Validity does not hang on how a picture is turned or flattened, so `preprocess` is not read.
    rule = DecodeRule(
        orientation="exif",
        background=(255, 255, 255),
        max_bytes=limits.bytes,
        max_side=limits.side,
        max_pixels=limits.pixels,
        max_aspect=limits.aspect,
    )
    problems = check_data(rule, read_section(DataSettings))
    if problems:
        if restore_pointer():
            print(f"{paths.DATA_POINTER}: DVC had rewritten it to what lies in data/; put back")
        raise problems[0] if len(problems) == 1 else CombinedUserError(problems)
    # The same content on every run: training waits for it, and a new golden image does not retrain.
    write_json(receipt_path(STAGE), {"stage": STAGE, "problems": 0})
    print(f"{STAGE}: no problem found")


if __name__ == "__main__":
    run_stage(STAGE, main)
