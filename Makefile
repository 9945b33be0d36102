# Everything works on a fresh Debian or Ubuntu with Python 3.10 to 3.13 and make: `make demo`, `make test`.
# What a target needs is installed into .venv, or into .bench/venv for the benchmark and its peers.

.DEFAULT_GOAL := help
.PHONY: help demo test lint types imports unit bench screenshots clean
MAKEFLAGS += --no-print-directory

PORT ?= 5000
TESTS ?= tests
WORKERS ?= 2
BIN := .venv/bin
SETUP := sh scripts/bootstrap.sh

help:
	@echo "make demo         train small models, open them at http://127.0.0.1:$(PORT)/ext/ (PORT=... for another port)"
	@echo "make test         linters, types, then all test tiers (TESTS=tests/unit for a part, THOROUGH=1 for more of the same)"
	@echo "make lint unit    the quick checks alone"
	@echo "make bench        logging, faults and the page, beside MLflow and trackio (QUICK=1 for a short one)"
	@echo "make screenshots  pictures of every tab in both themes into .demo/pictures, and those of the documents anew"
	@echo "make clean        remove .venv, .demo, .bench and what tools have left"

.venv/.ready-server: pyproject.toml scripts/bootstrap.sh
	@$(SETUP) server

.venv/.ready-dev: pyproject.toml scripts/bootstrap.sh
	@$(SETUP) dev

.bench/venv/.ready-bench: pyproject.toml scripts/bootstrap.sh
	@$(SETUP) bench

demo: .venv/.ready-server
	@$(BIN)/python -m mlflow_ext_server.demo .demo --make-port $(PORT)
	@exec env MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false $(BIN)/ext-server --host 127.0.0.1 --port $(PORT) \
	  --backend-store-uri "sqlite:///$(CURDIR)/.demo/mlflow.db" --artifacts-destination "$(CURDIR)/.demo/artifacts"

lint: .venv/.ready-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

unit: .venv/.ready-dev
	@$(BIN)/pytest tests/unit tests/contract

# One pytest run, last, so that its summary ends the output. Files are handed out in their order: those of the unit
# tests, short and many, come last and fill both workers to the end.
test: lint
	@$(SETUP) programs
	@marks='$(if $(THOROUGH),,not thorough)'; \
	  if MLFLOW_EXT_CHROMIUM=$$($(SETUP) chromium-path); then export MLFLOW_EXT_CHROMIUM; \
	  else marks="not browser$${marks:+ and $$marks}"; fi; \
	  exec $(BIN)/pytest $(TESTS) -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "$$marks"

bench: .bench/venv/.ready-bench
	@$(SETUP) chromium
	@exec env MLFLOW_EXT_CHROMIUM="$$($(SETUP) chromium-path)" .bench/venv/bin/python -m benchmarks $(if $(QUICK),--quick) $(ARGS)

screenshots: .venv/.ready-dev
	@$(SETUP) chromium
	@$(BIN)/python -m mlflow_ext_server.demo .demo
	@env MLFLOW_EXT_CHROMIUM="$$($(SETUP) chromium-path)" $(BIN)/python scripts/screenshot.py .demo .demo/pictures
	@for picture in docs/images/*.png; do cp .demo/pictures/$${picture##*/} $$picture; done

clean:
	rm -rf .venv .demo .bench .ruff_cache .mypy_cache .import_linter_cache .hypothesis dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
