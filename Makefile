# Every target sets up what it needs: a machine with Python 3.11+ and make is enough.
#   make run [HOST=example.com]   make test [ARGS=tests/pins]   make check   make bench   make docs

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Any Python 3 may ask which interpreters there are; PYTHON=… overrides the answer.
ASK := $(or $(PYTHON),$(shell command -v python3 || command -v python))
BIN := .venv/bin

.PHONY: help run test test-all check bench chaos docs fuzz lock clean

help: ## Show this help
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

.venv/ready: requirements.lock pyproject.toml scripts/setup.py
	@$(ASK) scripts/setup.py .venv $(PYTHON)
	@touch $@

run: .venv/ready ## Start the watch of a shop that the lab plays; with HOST, check that server
	@$(BIN)/keypin $(if $(HOST),check $(HOST),watch --demo) $(ARGS)

test: .venv/ready ## Run the tests on the oldest and the newest Python that this machine has
	@$(BIN)/python scripts/test.py $(ARGS)

test-all: .venv/ready ## Run the tests on every Python from 3.11 up that this machine has
	@$(BIN)/python scripts/test.py --all $(ARGS)

check: .venv/ready docs ## Lint, types, architecture contracts, changelog fragments, docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(BIN)/towncrier build --draft --version unreleased > /dev/null

docs: .venv/ready ## Build the documentation into site/
	@$(BIN)/python scripts/reference.py
	@NO_MKDOCS_2_WARNING=1 DISABLE_MKDOCS_2_WARNING=true $(BIN)/mkdocs build --quiet --strict

bench: .venv/ready ## Measure everything that has a figure, against named peers where there are any
	@$(BIN)/python bench/bench_startup.py
	@$(BIN)/python bench/bench_fleet.py
	@$(BIN)/python bench/bench_decide.py
	@$(BIN)/python bench/bench_handshake.py
	@$(BIN)/python bench/bench_storm.py
	@$(BIN)/python bench/bench_reports.py
	@$(BIN)/python bench/bench_formats.py
	@$(BIN)/python bench/bench_audit.py
	@$(BIN)/python bench/bench_ct.py
	@$(BIN)/python bench/bench_forecast.py
	@$(BIN)/python bench/bench_watch_start.py
	@$(BIN)/python bench/bench_watch_probing.py
	@$(BIN)/python bench/bench_collector.py
	@$(BIN)/python bench/bench_alerting.py
	@$(BIN)/python bench/bench_watch_work.py
	@$(BIN)/python bench/bench_watch_workers.py
	@$(BIN)/python bench/bench_watch_disk.py
	@$(BIN)/python bench/bench_pages.py

chaos: .venv/ready ## Break the service in every way, KEYPIN_CHAOS times each (50)
	@KEYPIN_CHAOS=$(or $(KEYPIN_CHAOS),50) $(BIN)/python -m pytest -q tests/chaos $(ARGS)

fuzz: .venv/ready ## Fuzz every parser for SECONDS_EACH (60)
	@$(BIN)/python scripts/fuzz.py $(or $(SECONDS_EACH),60)

lock: .venv/ready ## Renew requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	  --python-version 3.11 --no-emit-index-url --no-emit-find-links --upgrade \
	  pyproject.toml --all-extras --group test --group clients --group check --group docs --group fuzz --group lock --group build \
	  --output-file requirements.lock

clean: ## Remove everything that was built
	@rm -rf .venv .venvs build dist site .coverage* .hypothesis .import_linter_cache .mypy_cache \
	  .pytest_cache .ruff_cache
	@rm -f $(addprefix docs/reference/,cli.md lint.md findings.md forms.md remarks.md lab.md questions.md pins.schema.json)
