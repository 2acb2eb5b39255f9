# Needs Python 3.11+ and make, nothing else. Everything is installed into .venv; delete that folder to start afresh.
# (One exception, with a message: as root on Debian, `make test` installs chromium for the browser tests.)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Two workers, each with one thread, share a small machine better than two with all. Each begins with its half of the files, so that
# tests of one file mostly share what one worker has compiled and built.
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest
SETTINGS := pyproject.toml constraints.txt

.PHONY: help install demo test-fast test test-slow lint bench docs golden clean

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(VENV)/.with-dev ## Install accord (editable) with every extra into .venv

demo: $(VENV)/.with-core ## Install the core only and run the worked example
	@$(BIN)/accord demo

test-fast: $(VENV)/.with-test ## Run the tests that take milliseconds (under a minute in all)
	@$(PYTEST) -n 2 --dist worksteal -m "not slow and not medium"

test: $(VENV)/.with-test .cache/chromium ## Run every test but the slow ones
	@$(PYTEST) -n 2 --dist worksteal -m "not slow"

test-slow: $(VENV)/.with-test .cache/chromium ## Run the slow tests
	@$(PYTEST) -n 2 --dist worksteal -m slow || [ $$? -eq 5 ]  # 5: no test is marked slow

lint: $(VENV)/.with-lint ## Check style, types, layers and that the docs are fresh
	@failed=0; \
	for check in "ruff check" "ruff format --check" basedpyright lint-imports "python tools/check_docs_fresh.py"; do \
	  echo "-- $$check"; $(BIN)/$$check || failed=1; \
	done; \
	exit $$failed

bench: $(VENV)/.with-bench ## Time the solvers beside their peers from PyPI
	@$(BIN)/python benchmarks/run.py

docs: $(VENV)/.with-docs ## Build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

golden: $(VENV)/.with-test ## Rewrite the golden files; read the diff before you commit it
	@$(PYTEST) --update-golden -m golden || [ $$? -eq 5 ]  # 5: there is no golden file yet

clean: ## Remove environments, caches and everything built
	@rm -rf .venv .cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis site dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +


# --- how the environment is made --------------------------------------------------------------------------------------

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "accord needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) pip

# One stamp for each set of dependencies, so that nothing is installed twice and nothing is installed unasked.
EXTRAS_core :=
EXTRAS_test := [test]
EXTRAS_lint := [lint,test,sources]
EXTRAS_docs := [docs]
EXTRAS_bench := [bench]
EXTRAS_dev := [dev]

$(VENV)/.with-%: $(SETTINGS) | $(BIN)/python
	@echo "Installing accord$(EXTRAS_$*) into $(VENV) (minutes the first time) ..."
	@$(PIP_INSTALL) --editable '.$(EXTRAS_$*)'
	@touch $@ $(if $(filter dev,$*),$(foreach set,core test lint docs bench,$(VENV)/.with-$(set)))

# The browser tests use Debian's chromium; where it cannot be had they are skipped and say so.
.cache/chromium:
	@mkdir -p .cache
	@if ! command -v chromium > /dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  echo "Installing Debian's chromium for the browser tests ..."; \
	  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } \
	    > .cache/chromium.log 2>&1 || echo "chromium could not be installed (see .cache/chromium.log); browser tests will be skipped."; \
	fi
	@touch $@
