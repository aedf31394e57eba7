"""A params.yaml for tests: every key of the engine, no value of the user's.

A key that is new in params.yaml has to be added here too; tests/unit/params says so.
"""

from __future__ import annotations

PARAMS = """\
limits:              # of one image: training data, golden set and requests alike
  bytes: 10000000
  side: 8192
  pixels: 25000000
  aspect: 20.0

data:
  min_train_per_class: 20
  min_test_per_class: 5
  min_golden: 12

preprocess:
  orientation: exif              # exif | ignore
  background: [255, 255, 255]
  fit: long_side_pad
  size: [32, 28]                 # height, width; not square, so that nobody mixes them up
  resize_ratio: 1.0
  pad_colour: [255, 250, 240]
  channels: 3                    # 1 | 3
  filter: bilinear               # bilinear | bicubic
  clamp: true
  mean: [0.45, 0.5, 0.55]
  std: [0.25, 0.26, 0.27]

compute:
  device: cpu
  threads: 1

train:
  source: training               # training | pretrained
  profile: smoke                 # smoke | full
  profiles:
    smoke: {epochs: 4, batch_size: 16, learning_rate: 0.01, weight_decay: 0.0005}
    full: {epochs: 8, batch_size: 16, learning_rate: 0.01, weight_decay: 0.0005}
  augmentation: {rotate_degrees: 5.0, shift: 0.1, scale: 0.1}
  seed: 7
  kept_samples: 8

evaluate:
  thresholds:                    # the path is tested, not the quality
    accuracy: 0.2
    macro_f1: 0.1
    expected_calibration_error: 1.0
  calibration_bins: 10

model:
  name: shapes
  version: 1

serving:
  body_bytes: 20000000
  instances: 64
  threads: 1

container:
  engine: process                # needs no engine; the container has acceptance tests of its own
  memory_mb: 1024
  ready_seconds: 60.0
  stop_seconds: 10.0
  server: {kind: project, base: "python:3.11-slim-bookworm"}

replay:
  concurrency: 4
  timeout_seconds: 30.0
  # What is asked of every target besides the golden set: docs/targets.md
  invariants: {images: 3, repeats: 2, concurrency: 8}
  synthetic: {uniform: 1}
  accuracy: {sample: 10}         # labelled test images, at most; 0: not asked

targets:                         # what is compared with the reference: docs/targets.md
  server: {kind: container, tolerances: {}, expected: []}
  onnx: {kind: onnx, tolerances: {}, expected: []}

golden:
  allowed_removals: []           # golden images this change removes or replaces on purpose

diagnosis:                       # why a target differs: docs/diagnosis.md
  seconds: 60.0                  # for one target; what is left out then is said
  passes: 60.0                   # of the golden set through the network, at most
  cost_images: 400               # test images that a cause's cost is measured on; 0: none

base:                            # what a change is compared with: docs/base.md
  minutes: 0.0                   # never measured, but in the tests of that

gate:
  fresh_lock: warn               # warn | fail: dvc.lock or metrics/ not of their own commit
  worse_than_base: fail          # warn | fail: more test images wrong than by chance
  smallest_loss: 0.001           # of accuracy, lost all the same: a tenth of a point

forks:
  data: ""                       # folder with a public subset
"""
