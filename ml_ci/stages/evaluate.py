"""`evaluate`: how good the model is on the test set."""

from __future__ import annotations

from ml_ci.artifacts import paths
from ml_ci.artifacts.evaluation import save_committed
from ml_ci.artifacts.inputs import note_inputs
from ml_ci.data.rule import decode_rule
from ml_ci.environment import this_environment
from ml_ci.measurement import save_measurement
from ml_ci.model.classifier import Ladder
from ml_ci.model.compute import fixed_threads
from ml_ci.model.evaluation import evaluate
from ml_ci.model.training import untrained_network
from ml_ci.params.compute import ComputeSettings
from ml_ci.params.evaluate import EvaluateSettings
from ml_ci.params.limits import LimitSettings
from ml_ci.params.preprocess import PreprocessSettings
from ml_ci.params.reading import read_section
from ml_ci.receipt import Receipt
from ml_ci.stages.loading import load_split, load_trained
from ml_ci.stages.running import run_stage

STAGE = "evaluate"


def main() -> None:
    """Load the test set and the model, evaluate, save; thresholds are the gate's business."""
    preprocess = read_section(PreprocessSettings)
    threads = read_section(ComputeSettings).threads
    bins = read_section(EvaluateSettings).calibration_bins
    receipt = Receipt.of(STAGE)
    trained = load_trained(preprocess)
    names = trained.card.class_names
    rule = decode_rule(preprocess, read_section(LimitSettings))
    images = load_split(paths.TEST, rule, names)
    before = untrained_network(trained.card.seed, preprocess.channels, len(names))
    with fixed_threads(threads):
        evaluation, predictions = evaluate(
            trained.ladder(), Ladder(preprocess, before, names), images, bins
        )
    save_committed(evaluation, predictions)
    note_inputs(STAGE, receipt.text, [paths.METRICS_JSON, paths.PREDICTIONS_CSV])
    environment = this_environment(threads=threads, torch=True).as_strings()
    save_measurement(receipt, environment, evaluation)
    receipt.write()
    metrics = evaluation.metrics
    print(f"{STAGE}: accuracy {metrics.accuracy:.4f} on {metrics.images} test images")


if __name__ == "__main__":
    run_stage(STAGE, main)
