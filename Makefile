# One command per wish, the same on a laptop and in CI. Each makes .venv and installs what it needs on first use.

PYTHON ?= python3
BIN := .venv/bin
PIP := PIP_CONSTRAINT=constraints.txt $(BIN)/pip install --quiet --disable-pip-version-check
SETUP := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: help install demo test check bench docs clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Asterism needs Python 3.11 or newer: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv .venv

.venv/base: $(BIN)/python $(SETUP)
	$(PIP) --editable '.[image,video,recommend,report]'
	touch $@

.venv/dev: .venv/base contrib/template/pyproject.toml
	$(PIP) --editable '.[dev]' --editable contrib/template
	touch $@

install: .venv/dev  ## make .venv with everything for development

demo: .venv/base  ## group, map, generate and recommend on data that every machine has
	$(BIN)/asterism demo

test: .venv/dev  ## run all tests; with ASTERISM_DATA=<folder>, those on real data too
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

check: .venv/dev  ## lint, types, import rules, documentation
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build

bench: .venv/dev  ## measure against the peers
	for script in tests/benchmarks/[a-z]*.py; do $(BIN)/python $$script || exit 1; done

docs: .venv/dev  ## build the documentation into docs/_build
	$(BIN)/sphinx-build --fail-on-warning --keep-going docs docs/_build

clean:  ## remove everything that was made
	rm -rf .venv docs/_build runs dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
