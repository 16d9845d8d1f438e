# Every target makes .venv and installs what it needs; a second run is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help demo test sweep lint check bench calibration accuracy parity docs stubs clean

help:
	@echo "make demo         choose a loss for a real table and write out/report.html"
	@echo "make test         the test suite"
	@echo "make sweep        its slow part: losses of rows, lists and batches to 50 digits and compiled, kernels, examples"
	@echo "make check        lint, types, layers, generated files, tests, sweep: what CI runs"
	@echo "make bench        speed beside every peer, in the same run; writes docs/bench.md (ONLY=C5, QUICK=1: a part)"
	@echo "make calibration  how often the verdict of choose is right"
	@echo "make accuracy     every loss against 50 digits, beside the frameworks' own; writes docs/accuracy.md"
	@echo "make parity       every loss against the real peers that have it; writes docs/parity.md"
	@echo "make docs         the site, in docs/_build/html"

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

# What the documentation is built with.
$(VENV)/.docs: $(VENV)/.choose
	$(PIP) --group docs
	touch $@

# The peers that `make parity` runs, in an environment of their own: some pin what the rest must not.
PARITY := $(VENV)/parity
$(PARITY)/.done: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(PARITY)
	$(PARITY)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(PARITY)/bin/python -m pip install --quiet -c constraints.txt --editable ".[formulas,special]" --group parity
	# These ask for an old torch, Triton or graph libraries, and run without.
	$(PARITY)/bin/python -m pip install --quiet --no-deps allRank==1.4.3 liger-kernel==0.8.5 libauc==2.0.1 torchgan==0.1.0
	touch $@

demo: $(VENV)/.choose
	mkdir -p out
	$(BIN)/losskit choose sklearn:diabetes --target target --metric mape --budget 50s --report out/report.html

test: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal -m "not sweep"

sweep: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist worksteal -m sweep

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/stubs.py --check

check: lint test sweep

# All of it, which writes the page; or a part: make bench ONLY=C5, make bench QUICK=1.
bench: $(VENV)/.dev
	$(BIN)/python scripts/bench.py $(if $(ONLY)$(QUICK),,--write docs/bench.md) $(ONLY:%=--only %) $(if $(QUICK),--quick)

calibration: $(VENV)/.dev
	$(BIN)/python scripts/calibration.py

accuracy: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python scripts/accuracy.py --write docs/accuracy.md

parity: $(PARITY)/.done
	OMP_NUM_THREADS=1 $(PARITY)/bin/python -W ignore -m parity --write docs/parity.md

docs: $(VENV)/.docs
	OMP_NUM_THREADS=1 $(BIN)/sphinx-build -W --keep-going -j auto -b html docs docs/_build/html

stubs: $(VENV)/.dev
	$(BIN)/python scripts/stubs.py

clean:
	rm -rf $(VENV) out build dist docs/_build .pytest_cache .mypy_cache .ruff_cache
