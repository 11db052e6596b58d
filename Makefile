# What a person types. Everything a command needs is set up by bootstrap.py on the way.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint types fmt lock unit whole web bench

run: ## start the product: http://localhost:8080
	@$(PYTHON) bootstrap.py run
	@exec $(BIN)/prosaasil run

test: ## everything that CI checks
	@$(PYTHON) bootstrap.py test
	@$(MAKE) --no-print-directory lint types web unit whole

lint:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types:
	$(BIN)/mypy
	$(BIN)/mypy bootstrap.py tests

# The pure packages are covered by their own tests alone, every branch of them.
unit:
	$(BIN)/pytest -q -n 2 tests/call --cov=prosaasil.call --cov-branch --cov-fail-under=100
	$(BIN)/pytest -q -n 2 tests/wire tests/audio --cov=prosaasil.wire --cov=prosaasil.audio --cov-branch --cov-fail-under=100
	$(BIN)/pytest -q -n 2 tests/words --cov=prosaasil.words --cov-branch --cov-fail-under=100
	$(BIN)/pytest -q -n 2 tests -m "not acceptance and not browser and not speech" --ignore=tests/call --ignore=tests/wire --ignore=tests/audio --ignore=tests/words

# Real models, real sockets in real time, a real browser: one at a time, and the browser's in a
# process of their own, as its driver keeps an event loop running.
whole:
	$(BIN)/pytest -q tests -m "acceptance or speech"
	$(BIN)/pytest -q tests -m browser

web:
	@$(PYTHON) bootstrap.py web-checks

fmt:
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	@$(PYTHON) bootstrap.py web-format

lock: ## write the lock files anew from pyproject.toml
	@$(PYTHON) bootstrap.py lock

bench: ## calls on one core, against the floor of a bare relay; see docs/bench.md
	@$(PYTHON) bootstrap.py test
	@$(BIN)/prosaasil bench
