.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export PYTHONPATH := include
export GX_ANALYTICS_ENABLED := False
# Shows that what follows in its recipe is at work. The beat is what runs in the background, not the
# work: a shell lets no Ctrl-C through to its background.
WATCHED = { while sleep 2; do echo "  …"; done & trap "kill $$!" EXIT; }

help:  ## what can be typed
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

$(BIN)/.ready: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name it with PYTHON=…"; exit 1; }
	@echo "建立环境 making the environment"
	@$(WATCHED); $(PYTHON) -m venv .venv || { echo "python3-venv is needed"; exit 1; }
	@$(WATCHED); $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-tools.txt
	@echo "安装依赖 installing dependencies: a minute or two with an empty cache"
	@[ -t 2 ] || $(WATCHED); $(BIN)/uv pip install --python $(BIN)/python --require-hashes -r requirements.txt -r requirements-dev.txt
	@touch $@

env: $(BIN)/.ready  ## make the environment in .venv

check: env  ## lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: env  ## every test that can run on this machine
	$(BIN)/python -m pytest

demo: env  ## the main job, live on real parts; stops everything it started
	@$(BIN)/python -m weir demo $(if $(ROWS),--rows $(ROWS))

up: env  ## the same, left running; prints URLs and sign-ins
	@$(BIN)/python -m weir up $(if $(ROWS),--rows $(ROWS))

down: env  ## stop every process, also after a crash
	@$(BIN)/python -m weir down

bench: env  ## every measurement, each figure beside its bound; fails where one is beyond it
	@rm -rf var/bench
	@missed=; for one in sme_credit consent gate_verdict suspension decisions scan names; do \
	  $(BIN)/python benchmarks/$$one.py || missed="$$missed $$one"; \
	done; \
	echo; $(BIN)/python benchmarks/figures.py; \
	[ -z "$$missed" ] || { echo "超限或失败 beyond a bound, or failed:$$missed"; exit 1; }

lock: env  ## write the hashed requirements*.txt from requirements*.in
	for name in requirements requirements-dev requirements-tools; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $$name.in -o $$name.txt || exit 1; \
	done

.PHONY: help env check test demo up down bench lock
include make/minio.mk
include make/compose.mk
