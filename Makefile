# Two commands do everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
N ?= 20000

.PHONY: demo test test-flux lint typecheck unit bench fuzz lock tools clean

demo: $(VENV)/.installed  ## add a host to a sample repository and prove what it opens
	@$(BIN)/python -m demo.run

test: lint typecheck unit  ## everything that has to pass

lint: $(VENV)/.developing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

typecheck: $(VENV)/.developing
	$(BIN)/mypy

unit: $(VENV)/.developing tools
	$(BIN)/pytest -n auto --dist loadgroup

test-flux: $(VENV)/.developing tools  ## verdicts of `flux check` against a real Flux; builds it the first time (12 min)
	@tools/install-flux
	$(BIN)/pytest -m real_flux tests/flux_controller

bench: $(VENV)/.developing tools  ## measure against sops and gitleaks, each in one run
	$(BIN)/python -m benchmarks.rewrap
	$(BIN)/python -m benchmarks.values
	$(BIN)/python -m benchmarks.startup
	$(BIN)/python -m benchmarks.history --growth
	$(BIN)/python -m benchmarks.flux
	$(BIN)/python -m benchmarks.nix
	@tools/install-test-tools gitleaks
	$(BIN)/python -m benchmarks.scan
	$(BIN)/python -m benchmarks.scan_history

fuzz: $(VENV)/.developing tools  ## the property tests, N examples each
	SOPSKIT_FUZZ=$(N) $(BIN)/pytest -n auto -m property

tools:  ## the real programs that tests drive, built once
	@tools/install-test-tools

lock: $(VENV)/.developing
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	  --no-emit-index-url --group dev pyproject.toml --output-file requirements-dev.lock

$(VENV)/.installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.developing: pyproject.toml requirements-dev.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
