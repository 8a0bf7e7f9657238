# Every command there is. `make help` lists them.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python

# Tests start many processes, each of which reads the whole program: what was compiled once is kept, whatever the
# environment says.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install dev assets demo test test-sdks check format bench bench-ledger bench-trade bench-porting bench-search bench-packets bench-reconciliation bench-wire bench-brushing drill reference schema lock translations clean

help:            ## list these commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

# The virtual environment is made without ensurepip, which Debian keeps in a package of its own.
$(BIN)/python:
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/.installed: $(BIN)/python requirements.lock pyproject.toml hatch_build.py package.json package-lock.json
	$(PYTHON) -m pip --python $(BIN)/python install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(PYTHON) -m pip --python $(BIN)/python install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.installed requirements-dev.lock
	$(PYTHON) -m pip --python $(BIN)/python install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

# What Python compiles is kept from the start, whatever the environment says: else each start compiles a thousand files.
install: $(VENV)/.installed assets   ## install weiji into .venv
	$(RUN) -m compileall -q -j 0 weiji
	-@$(BIN)/weiji sandbox --prepare > /dev/null  # Where no cache can be written, each first start makes it anew.

dev: $(VENV)/.dev             ## install what tests and checks need, too

demo: install                 ## a living demo town at http://127.0.0.1:8800
	WEIJI_DATA=$${WEIJI_DATA:-data/demo} $(BIN)/weiji demo

test: $(VENV)/.dev            ## all tests
	$(RUN) -m pytest -n 2

test-sdks: $(VENV)/.dev       ## published clients of other languages against a sandbox or a fake: those that can be had here
	$(RUN) -m bench.sdks

check: $(VENV)/.dev           ## lint, types, contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev          ## format and mend what can be mended by machine
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

assets: $(VENV)/.installed    ## build styles, scripts and catalogues into weiji/web/dist
	$(RUN) hatch_build.py

bench: bench-ledger bench-trade bench-search bench-porting bench-packets bench-reconciliation bench-wire bench-brushing   ## every figure we publish, a minute or two each

bench-ledger: $(VENV)/.dev
	$(RUN) -m bench.ledger

bench-trade: $(VENV)/.dev
	$(RUN) -m bench.trade

bench-reconciliation: $(VENV)/.dev
	$(RUN) -m bench.reconciliation

bench-search: $(VENV)/.dev
	$(RUN) -m bench.search

bench-porting: $(VENV)/.dev
	$(RUN) -m bench.porting

bench-packets: $(VENV)/.dev
	$(RUN) -m bench.packets

bench-wire: $(VENV)/.dev
	$(RUN) -m bench.wire

bench-brushing: $(VENV)/.dev
	$(RUN) -m bench.brushing

drill: $(VENV)/.dev           ## prove that money survives crashes, lost answers and tampering
	$(RUN) -m bench.drill

reference: $(VENV)/.dev       ## make docs/reference from the code
	$(RUN) -m docs.make

schema: $(VENV)/.dev          ## write migrations/schema.sql: what the migrations add up to
	$(RUN) -m tests.architecture.schema

COMPILE := $(BIN)/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
  --strip-extras --allow-unsafe --no-header

lock: $(BIN)/python           ## pin what we depend on, with hashes
	$(PYTHON) -m pip --python $(BIN)/python install -q --disable-pip-version-check pip-tools
	$(COMPILE) --extra build -o requirements.lock pyproject.toml
	$(COMPILE) --extra build --extra test --extra check -o requirements-dev.lock pyproject.toml

clean:           ## remove what was built
	rm -rf $(VENV) node_modules weiji/web/dist build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache
