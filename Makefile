# The same commands on a laptop and in CI. `make` alone lists them.
PYTHON ?= python3
VENV ?= .venv
WORKERS ?= auto
BIN = $(VENV)/bin
EXAMPLES = docs/examples/cloud-gpu.yml # a workflow to copy, held to the same rules

.DEFAULT_GOAL := help
.PHONY: help env data test check lint types contracts workflows repro demo-red bench \
	false-alarms lock
# What several commands at once print, one after the other; macOS's old make mixes it
WHOLE = $(if $(filter output-sync,$(.FEATURES)),--output-sync)

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 16

env: ## Make the environment in .venv, or reuse it
	@$(PYTHON) scripts/bootstrap.py $(VENV)

data: env ## Pull the versioned data and weights
	@$(BIN)/dvc pull --quiet --allow-missing

repro: env ## The main job: pull, run what changed, report, gate
	@$(BIN)/ml-ci repro

demo-red: env ## See it catch a wrong filter in a server of somebody else's (needs Docker)
	@$(BIN)/python -m scripts.demo_red

test: check data ## Lint, types, contracts and every test; WORKERS=... processes
	@$(BIN)/python -m pytest -q -n $(WORKERS)

check: env ## Lint, types, import contracts and workflows only
	@$(MAKE) --no-print-directory --jobs $(WHOLE) lint types contracts workflows

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types:
	@$(BIN)/mypy

contracts:
	@$(BIN)/lint-imports

workflows:
	@$(BIN)/zizmor --quiet --offline --pedantic .github $(EXAMPLES)
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml $(EXAMPLES)
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml

bench: env ## Benchmarks into docs/benchmark.md; NAME=... for some of them
	@$(BIN)/python -m benchmarks $(NAME)

false-alarms: data ## Count false alarms into docs/benchmark.md, 15 minutes; OPTIONS=--help
	@$(BIN)/python -m benchmarks.false_alarms $(OPTIONS)

lock: env ## Lock the newest packages that pyproject.toml allows
	@$(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-annotate --custom-compile-command "make lock" -o requirements/serving.txt
	@$(BIN)/uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes \
		--no-annotate --custom-compile-command "make lock" --extra pipeline --extra dev \
		-c requirements/serving.txt -o requirements/dev.txt
	@$(BIN)/uv pip compile --quiet pyproject.toml --python-version 3.11 --python-platform linux \
		--generate-hashes --no-annotate --custom-compile-command "make lock" \
		-c requirements/serving.txt -o requirements/image.txt
	@$(BIN)/uv pip compile --quiet --group comment --universal --python-version 3.11 \
		--generate-hashes --no-annotate --custom-compile-command "make lock" \
		-c requirements/dev.txt -o requirements/comment.txt
	@$(BIN)/uv pip compile --quiet examples/opencv-server/requirements.in --python-version 3.11 \
		--python-platform linux --generate-hashes --no-annotate --custom-compile-command "make lock" \
		-c requirements/image.txt -o examples/opencv-server/requirements.txt
