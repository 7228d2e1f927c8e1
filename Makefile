# Everything sets itself up: only Python 3.11 or later and make are needed.
CHECK := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do $$p -c '$(CHECK)' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test bench mutate lint types docs clean

run: $(VENV)/installed
	@$(BIN)/legwise

test: $(VENV)/developing lint types
	$(BIN)/legwise check
	$(BIN)/python -m pytest

bench: $(VENV)/developing
	$(BIN)/python tests/bench/bench.py

mutate: $(VENV)/developing
	$(BIN)/legwise mutate

lint: $(VENV)/developing
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(VENV)/developing
	$(BIN)/mypy

docs: $(VENV)/developing
	PYTHONPATH=. $(BIN)/python docs/generate.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(or $(PYTHON),false) -c '$(CHECK)' || { echo "Legwise needs Python 3.11 or later. Name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt
	@echo "Setting up (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(VENV)/developing: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@ $(VENV)/installed
