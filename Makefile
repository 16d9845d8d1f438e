# Every target makes .venv and installs what it needs; a second run is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help demo test lint check bench calibration stubs clean

help:
	@echo "make demo         choose a loss for a real table and write out/report.html"
	@echo "make test         the test suite"
	@echo "make check        lint, types, layers, generated files, tests: what CI runs"
	@echo "make bench        speed, each row a ratio to a peer measured in the same run"
	@echo "make calibration  how often the verdict of choose is right"

# The package with what `choose` needs, and nothing more.
$(VENV)/.choose: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade "pip>=25.1"
	$(PIP) --editable ".[choose]"
	touch $@

# The frameworks, boosters and tools that the tests and checks use.
$(VENV)/.dev: $(VENV)/.choose
	$(PIP) --group dev
	touch $@

demo: $(VENV)/.choose
	mkdir -p out
	$(BIN)/losskit choose sklearn:diabetes --target target --metric mape --budget 50s --report out/report.html

test: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/stubs.py --check

check: lint test

bench: $(VENV)/.dev
	failed=0; for each in scripts/bench_*.py; do $(BIN)/python $$each || failed=1; done; exit $$failed

calibration: $(VENV)/.dev
	$(BIN)/python scripts/calibration.py

stubs: $(VENV)/.dev
	$(BIN)/python scripts/stubs.py

clean:
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache
