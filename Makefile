# For newcomers: `make demo` shows the whole thing, `make test` runs every check. Needs Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -qq

.PHONY: demo test bench crash-matrix site clean

demo: $(VENV)/.installed
	@$(BIN)/upscale-connect demo
	@command -v upscale-connect >/dev/null || printf '\nTo call it by its name: . $(BIN)/activate\n'

test: $(VENV)/.installed-dev
	@$(BIN)/python .ci/checks.py

bench: $(VENV)/.installed-dev
	@$(BIN)/python -m benchmarks

# Takes about an hour. MATRIX="--every 4 --faults-every 80" takes a sixth of it.
crash-matrix: $(VENV)/.installed-dev
	@$(BIN)/python -m tests.crash.matrix --page docs/guarantees.md $(MATRIX)

# Writes the parts of the pages that the program knows best, then the site into docs/_build.
site: $(VENV)/.installed-dev
	@$(BIN)/python docs/pages.py
	@$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build

clean:
	rm -rf $(VENV) build dist docs/_build .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps keep a second run from installing again; a changed pyproject.toml makes them old.
$(VENV)/.installed: pyproject.toml | $(BIN)/pip
	@echo "Installing into $(VENV) ..."
	@$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/pip
	@echo "Installing with development tools into $(VENV) ..."
	@$(INSTALL) --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "upscale-connect needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; \
	    exit 1; }
	@$(PYTHON) -m venv $(VENV)
