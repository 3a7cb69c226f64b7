# Everything runs in the virtual environment .venv, which each target fills with what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help venv demo test lint types oracle browser notebooks course gallery bench scores docs dist clean
# All targets share one environment, and two pips at once would damage it.
.NOTPARALLEL:

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(VENV)/.installed ## Create .venv and install glassgrad in it, editable

demo: $(VENV)/.installed-data ## See a gradient vanish: train on real digits, write glassgrad-demo/
	$(BIN)/glassgrad demo

test: $(VENV)/.installed-test ## Run the tests
	$(PYTEST) -n auto --ignore=tests/oracle -m "not browser and not notebook"

lint: $(VENV)/.installed-test ## Check style and formatting
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/.installed-test ## Check the types
	$(BIN)/mypy

oracle: $(VENV)/.installed-test $(VENV)/.installed-oracle ## Run the tests that compare with PyTorch and JAX
	@$(PYTEST) -m oracle || { code=$$?; \
		if [ $$code -eq 5 ]; then \
			echo "make oracle: no test is marked 'oracle', so nothing was compared with PyTorch and JAX" >&2; \
		fi; \
		exit $$code; }

browser: $(VENV)/.installed-test $(VENV)/.installed-browser ## Run the tests that drive pages in Chromium
	$(PYTEST) -n auto --dist loadfile -m browser

notebooks: $(VENV)/.installed-test $(VENV)/.installed-oracle $(VENV)/.installed-browser ## Run the notebooks and write them with their outputs
	$(BIN)/python -m tests.notebooks

course: $(VENV)/.installed-test $(VENV)/.installed-oracle $(VENV)/.installed-browser ## Run the notebooks and compare with the outputs they have
	$(PYTEST) -n auto -m notebook

gallery: $(VENV)/.installed-test $(VENV)/.installed-browser ## Draw the pictures to be looked at, in build/gallery
	$(BIN)/python -m tests.gallery

bench: $(VENV)/.installed-bench ## Compare speed with other engines
	$(BIN)/python -m tests.benchmarks

scores: $(VENV)/.installed-test ## Train on real data (GLASSGRAD_DATA), write build/scores.md
	$(BIN)/python -m tests.scores --into build/scores.md

docs: $(VENV)/.installed-docs ## Build the documentation, in build/docs; a warning is an error
	$(BIN)/python -m sphinx -q -W --keep-going -d build/doctrees docs build/docs
	$(BIN)/python -m tests.docs.site build/docs

dist: $(VENV)/.installed-dist ## Build sdist and wheel, and try the wheel in an environment of its own
	$(BIN)/python -m tests.release

clean: ## Remove .venv, caches and all that the targets wrote
	rm -rf $(VENV) build dist *.egg-info glassgrad-demo docs/generated
	rm -rf .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

# One stamp for each set of extras; all grow stale when pyproject.toml changes.
$(VENV)/.installed: pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-%: pyproject.toml | $(BIN)/pip
	$(BIN)/pip install --quiet --editable '.[$*]'
	@touch $@

$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)
