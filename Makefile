# The two commands of this project are `make demo` and `make test`; both do all set-up themselves.

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8888
DEMO_DIR ?= .demo
BIN := $(VENV)/bin
# Of the virtual environment and not the system's, so that jlpm finds the node that was chosen.
export PATH := $(abspath $(BIN)):$(PATH)
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true

STAMP := $(VENV)/.stamps
JS_SOURCES := $(shell find src style schema -type f 2>/dev/null) package.json tsconfig.json

.PHONY: help demo test test-python test-long test-js test-ui lint types check bench package clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(STAMP)/built ## Seed a local MLflow store and open JupyterLab with the panel (NO_BROWSER=1, PORT=…)
	@mkdir -p $(DEMO_DIR)
	@test -f $(DEMO_DIR)/welcome.ipynb || cp docs/welcome.ipynb $(DEMO_DIR)/welcome.ipynb
	@cd $(DEMO_DIR) && jupyter-mlflow-explorer demo --recent
	@cd $(DEMO_DIR) && sh ../scripts/lab.sh --ServerApp.port=$(PORT) $(if $(NO_BROWSER),--no-browser,) $(LAB_ARGS)

test: test-python test-js test-ui ## Run every suite: Python, TypeScript unit, browser

test-python: $(STAMP)/built $(STAMP)/databases ## Run the Python tests
	python -m pytest $(PYTEST_ARGS)

test-long: $(STAMP)/built $(STAMP)/databases ## Ask the stores twenty times as many generated questions as `make test` does
	EXPLORER_CASES=$(or $(CASES),20) python -m pytest tests/tracking/test_generated.py $(PYTEST_ARGS)

test-js: $(STAMP)/node_modules ## Run the TypeScript unit tests
	jlpm test

test-ui: $(STAMP)/built $(STAMP)/chromium ## Run the browser tests
	cd ui-tests && jlpm test

lint: $(STAMP)/built ## Run all linters
	ruff check .
	ruff format --check .
	jlpm lint:check

types: $(STAMP)/built ## Check all types
	mypy
	jlpm typecheck

check: lint types test ## Everything that must hold before a commit

bench: $(STAMP)/built $(STAMP)/databases ## Measure speed, each figure beside its baseline from the same run
	python -m benchmarks $(BENCH_ARGS)

package: $(STAMP)/python ## Build the wheel from a clean export, install it in a new environment and check it
	python scripts/check_package.py

clean: ## Remove everything that was built, the virtual environment included
	rm -rf $(VENV) node_modules ui-tests/node_modules lib build dist tsconfig.tsbuildinfo \
	  jupyter_mlflow_explorer/labextension ui-tests/test-results ui-tests/playwright-report

# --- set-up -------------------------------------------------------------------------------------

$(STAMP)/venv:
	sh scripts/venv.sh "$(PYTHON)" "$(VENV)"
	@mkdir -p $(STAMP) && touch $@

$(STAMP)/node: $(STAMP)/venv
	sh scripts/node.sh
	@touch $@

# SKIP_JUPYTER_BUILDER: the front end is built below, once, and linked.
$(STAMP)/python: pyproject.toml $(STAMP)/venv $(STAMP)/node
	SKIP_JUPYTER_BUILDER=1 python -m pip install --quiet -e ".[dev]"
	jupyter server extension enable --sys-prefix jupyter_mlflow_explorer
	@touch $@

$(STAMP)/node_modules: package.json yarn.lock ui-tests/package.json $(STAMP)/python
	jlpm install --immutable
	@touch $@

$(STAMP)/built: $(STAMP)/node_modules $(JS_SOURCES)
	jlpm build:prod
	jupyter-builder develop . --overwrite
	@touch $@

$(STAMP)/databases: $(STAMP)/venv
	sh scripts/databases.sh
	@touch $@

$(STAMP)/chromium: $(STAMP)/venv
	sh scripts/chromium.sh
	@touch $@
