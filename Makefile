# Everything a newcomer needs: `make demo` and `make test`. Both set up .venv once and re-use it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.ready
FOLDERS := src tests benchmarks examples docs/make_reference.py

.PHONY: demo test test-load bench lint docs setup clean

setup: $(SETUP)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "cvalues needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)

$(SETUP): pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[local,tables,dev]"
	$(BIN)/python -m compileall -q src/cvalues
	$(BIN)/cvalues models get smollm2
	touch $(SETUP)

# One family per category, both prompts, both orders: 72 calls on the embedded model.
# A .demo of an earlier version of the suite or the prompts (exit code 2) gives way to a new one.
DEMO := $(BIN)/cvalues run local/smollm2 --suite open --limit 36 --seed 1 --out .demo
demo: $(SETUP)
	$(DEMO) || { test $$? -eq 2 && rm -rf .demo && $(DEMO); }

test: $(SETUP)
	$(BIN)/python -m pytest -m "not load"

test-load: $(SETUP)
	$(BIN)/python -m pytest -m load -n 0

bench: $(SETUP)
	$(BIN)/python -m compileall -q src/cvalues
	$(BIN)/python -m benchmarks

lint: $(SETUP)
	$(BIN)/ruff check $(FOLDERS)
	$(BIN)/ruff format --check $(FOLDERS)
	$(BIN)/pyright

docs: $(SETUP)
	$(BIN)/python docs/make_reference.py

clean:
	rm -rf $(VENV) .demo .pytest_cache .ruff_cache .hypothesis
