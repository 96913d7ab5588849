# What a newcomer needs: `make demo`. What a contributor needs: `make` (lint and test).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_SLOW := $(VENV)/.ready-slow
# The tests of one file run in one process, files on all cores.
SPREAD := -n auto --dist loadfile --no-loadscope-reorder

.PHONY: all demo test test-slow lint fix bench catalogues docs style lock clean

all: lint test

$(READY): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)

demo: $(READY)
	$(BIN)/salus demo iztapalapa --out demo --no-open

test: $(READY)
	$(BIN)/pytest $(SPREAD)
	$(BIN)/salus framework test

$(READY_SLOW): $(READY) requirements-slow.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-slow.lock
	touch $(READY_SLOW)

test-slow: $(READY_SLOW)
	$(BIN)/pytest -m slow $(SPREAD)

lint: $(READY)
	$(BIN)/ruff check src tests scripts benchmarks
	$(BIN)/ruff format --check src tests scripts benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict src/salus/packs src/salus/cities
	$(BIN)/salus framework check
	$(BIN)/salus framework check usg-mexico
	$(BIN)/salus framework check usg-italy
	$(BIN)/python scripts/check_licences.py
	$(BIN)/python scripts/write_reference.py --check
	$(BIN)/python scripts/write_catalogues.py --check
	$(BIN)/python scripts/write_glossaries.py --check

fix: $(READY)
	$(BIN)/ruff check --fix src tests scripts benchmarks
	$(BIN)/ruff format src tests scripts benchmarks

# Peers of the incident and disclosure benchmarks live in another environment: PEERS=/path/to/its/python.
PEERS ?= $(BIN)/python
bench: $(READY)
	$(BIN)/python -m benchmarks.chain
	$(BIN)/python -m benchmarks.incidents --rows 1000000 --peers-python $(PEERS)
	$(BIN)/python -m benchmarks.spatial
	$(BIN)/python -m benchmarks.near_repeat
	$(BIN)/python -m benchmarks.series
	$(BIN)/python -m benchmarks.scan
	$(BIN)/python -m benchmarks.disclosure --peers-python $(PEERS)

catalogues: $(READY)
	$(BIN)/python scripts/write_catalogues.py
	$(BIN)/python scripts/write_glossaries.py

docs: $(READY)
	$(BIN)/python scripts/write_reference.py

style: $(READY)
	$(BIN)/ruff check --statistics src tests

# Needs uv (installed into the environment for this): writes versions and hashes, no address.
lock:
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
	  --extra report --extra dev --extra geo --extra sealed --no-header pyproject.toml requirements-build.in -o requirements.lock
	$(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
	  --extra scale --extra postgres --extra opinion --no-header --constraint requirements.lock pyproject.toml -o requirements-slow.lock

clean:
	rm -rf demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
